import { allOrFirstError } from '../../platform/async/all-or-first-error.js';
import { pause } from '../../platform/async/pause.js';
import { type JobChange, type Submitted, type SubmitRequest } from '../../sdk/model.js';
import { type PlannedJob, type PlannedSubmit } from '../plan/submit-plan.js';
import { type MalformedSubmit } from '../plan/malformed-submits.js';
import { called } from '../records/call.js';
import { saidIn } from '../records/said-in.js';
import { type Tenant } from '../target/tenants.js';
import { InFlight } from './in-flight.js';
import { type PropertyBoard } from './property-board.js';
import { type Stage } from './stage.js';

/** Beyond so many at once the traffic waits for the engine: an open door without end would fill this process, not test that one. */
const maxAtOnce = 200;
/** What makes a request another one: no job of the plan has it. */
const otherPriority = 3;

/** Sends what the plan of one client says at its moments, whatever becomes of what it sent before. */
export class Submitter {
  readonly #atOnce = new InFlight(maxAtOnce);

  constructor(
    private readonly tenant: Tenant,
    private readonly plan: Iterable<PlannedSubmit>,
    private readonly board: PropertyBoard,
    private readonly stage: Stage,
  ) {}

  /** Ends when all of it has been sent, or when the signal fires. */
  async run(beganMs: number, signal: AbortSignal): Promise<void> {
    const { clock, recorder } = this.stage;
    for (const planned of this.plan) {
      await pause(beganMs + planned.atMs - clock.sinceMs(), signal);
      if (signal.aborted) break;
      await recorder.room();
      await this.#atOnce.run(() =>
        'malformed' in planned ? this.#sendMalformed(planned.malformed) : this.#send(planned, signal),
      );
    }
    await this.#atOnce.idle();
  }

  /** Submits something beside the plan; null where it was not acknowledged. */
  submit(request: SubmitRequest, key: string): Promise<Submitted | null> {
    return this.#submit(request, key, {});
  }

  async cancel(jobId: string): Promise<void> {
    await this.#change('cancel', jobId, () => this.tenant.client.jobs.cancel(jobId));
  }

  async #send(planned: PlannedJob, signal: AbortSignal): Promise<void> {
    const { key, again, delayMs } = planned;
    const { clock } = this.stage;
    const due = delayMs === null ? {} : { executionAt: new Date(clock.momentMs() + delayMs).toISOString() };
    const request = { ...planned.request, ...due };
    const sent = this.#submit(request, key, { isReadBack: planned.isReadBack });
    const repeated = again === null ? Promise.resolve() : this.#repeat(request, again, signal);
    const [submitted] = await allOrFirstError([sent, repeated]);
    if (submitted !== null) await this.#meddle(submitted.jobId, planned, signal);
  }

  async #repeat(request: SubmitRequest, again: NonNullable<PlannedJob['again']>, signal: AbortSignal): Promise<void> {
    await pause(again.afterMs, signal);
    const other = again.isOther ? { priority: otherPriority } : {};
    await this.#submit({ ...request, ...other }, again.key, { isOther: again.isOther });
  }

  async #submit(
    request: SubmitRequest,
    key: string,
    { isOther = false, isReadBack = false }: { readonly isOther?: boolean; readonly isReadBack?: boolean },
  ): Promise<Submitted | null> {
    const { clock, recorder } = this.stage;
    const { client, clientId } = this.tenant;
    const call = await called(clock, 202, () => client.jobs.submit({ ...request, idempotencyKey: key }));
    const { answer, ...how } = call;
    const jobId = answer?.jobId ?? null;
    if (jobId !== null) this.board.post(this.tenant.index, { job: jobId });
    const replayed = answer?.replayed ?? false;
    const what = { key, isOther, ...saidIn(request, clock.momentMs()) };
    recorder.add({ kind: 'submit', clientId, ...how, ...what, jobId, replayed, inBatch: null });
    const position = answer?.position ?? null;
    if (isReadBack && jobId !== null && position !== null) await this.#readBack(jobId, position);
    return answer;
  }

  async #readBack(jobId: string, minPosition: string): Promise<void> {
    const { clock, recorder } = this.stage;
    const { client, clientId } = this.tenant;
    const { answer: _, ...how } = await called(clock, 200, () => client.jobs.get(jobId, { minPosition }));
    recorder.add({ kind: 'read', clientId, ...how, jobId });
  }

  /** Cancels it or asks for a retry, wherever it may be by then: a refusal is as good an answer as any. */
  async #meddle(jobId: string, { cancelAfterMs, retryAfterMs }: PlannedJob, signal: AbortSignal): Promise<void> {
    if (cancelAfterMs !== null) {
      await pause(cancelAfterMs, signal);
      await this.cancel(jobId);
    }
    if (retryAfterMs === null) return;
    await pause(retryAfterMs, signal);
    await this.#change('retry', jobId, () => this.tenant.client.jobs.retry(jobId));
  }

  async #change(change: 'cancel' | 'retry', jobId: string, call: () => Promise<JobChange>): Promise<void> {
    const { answer, ...how } = await called(this.stage.clock, 200, call);
    const { clientId } = this.tenant;
    this.stage.recorder.add({
      kind: 'change',
      clientId,
      ...how,
      call: change,
      jobId,
      state: answer?.state ?? null,
      attempt: answer?.attempt ?? null,
    });
  }

  async #sendMalformed({ name, bodyText }: MalformedSubmit): Promise<void> {
    const { clock, recorder } = this.stage;
    const { http, clientId } = this.tenant;
    const request = { method: 'POST', path: '/v1/jobs', bodyText, maxRetries: 0 } as const;
    const { answer: _, ...how } = await called(clock, 202, () => http.send(request));
    recorder.add({ kind: 'malformed', clientId, ...how, name });
  }
}
