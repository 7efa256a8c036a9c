import { pause } from '../../platform/async/pause.js';
import { type SubmitRequest } from '../../sdk/model.js';
import { toWire } from '../../sdk/wire.js';
import { type PlannedBatch, type PlannedItem } from '../plan/batch-plan.js';
import { type AnsweredItem, called, type Called, calledIn } from '../records/call.js';
import { type BatchPlace } from '../records/records.js';
import { saidIn } from '../records/said-in.js';
import { type Tenant } from '../target/tenants.js';
import { InFlight } from './in-flight.js';
import { type PropertyBoard } from './property-board.js';
import { type Stage } from './stage.js';

const maxAtOnce = 20;

interface WireItem extends AnsweredItem {
  readonly index?: number;
  readonly job_id?: string;
}

/** Submits several jobs in one call, and writes each of them down as if it had come alone. */
export class BatchSubmitter {
  readonly #atOnce = new InFlight(maxAtOnce);

  constructor(
    private readonly tenant: Tenant,
    private readonly plan: Iterable<PlannedBatch>,
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
      await this.#atOnce.run(() => this.#send(planned));
    }
    await this.#atOnce.idle();
  }

  async #send({ name, items }: PlannedBatch): Promise<void> {
    const { clock } = this.stage;
    const nowMs = clock.momentMs();
    const sent = items.map((item) => sentAt(nowMs, item));
    const bodyText = `{"jobs":[${sent.map(textOf).join(',')}]}`;
    // Sent once: of what is sent again some may have been stored before, and come before the others.
    const request = { method: 'POST', path: '/v1/jobs/batch', bodyText, maxRetries: 0 } as const;
    const call = await called(clock, 200, async () => itemsIn((await this.tenant.http.send(request)).text));
    for (const [place, item] of sent.entries()) this.#record(item, call, { batch: name, place });
  }

  #record(item: SentItem, call: Called<readonly WireItem[]>, where: Omit<BatchPlace<number>, 'answeredAs'>): void {
    const { clientId, index } = this.tenant;
    const { clock, recorder } = this.stage;
    const answer = call.answer?.[where.place];
    const how = calledIn(call, answer);
    if ('malformed' in item) {
      recorder.add({ kind: 'malformed', clientId, ...how, name: `${item.malformed.name}, in a batch` });
      return;
    }
    const jobId = answer?.job_id ?? null;
    if (jobId !== null) this.board.post(index, { job: jobId });
    const { key, request } = item;
    const inBatch = { ...where, answeredAs: call.answer === null ? null : (answer?.index ?? nowhere) };
    recorder.add({
      kind: 'submit',
      clientId,
      ...how,
      key,
      isOther: false,
      ...saidIn(request, clock.momentMs()),
      jobId,
      replayed: false,
      inBatch,
    });
  }
}

/** An answer that leaves an item out. */
const nowhere = -1;

type SentItem =
  Exclude<PlannedItem, { readonly key: string }> | { readonly key: string; readonly request: SubmitRequest };

/** What is due is made at the moment at which it is sent. */
function sentAt(nowMs: number, item: PlannedItem): SentItem {
  if ('malformed' in item) return item;
  const { key, request, delayMs } = item;
  const due = delayMs === null ? {} : { executionAt: new Date(nowMs + delayMs).toISOString() };
  return { key, request: { ...request, ...due, idempotencyKey: key } };
}

const textOf = (item: SentItem): string => ('malformed' in item ? item.malformed.bodyText : toWire(item.request));

const itemsIn = (text: string): readonly WireItem[] =>
  (JSON.parse(text) as { items?: readonly WireItem[] }).items ?? [];
