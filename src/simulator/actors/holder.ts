import { pause } from '../../platform/async/pause.js';
import { type Submitted } from '../../sdk/model.js';
import { ownKinds } from '../plan/catalog-mix.js';
import { Random } from '../plan/random.js';
import { called } from '../records/call.js';
import { type Tenant } from '../target/tenants.js';
import { type Stage } from './stage.js';
import { type Submitter } from './submitter.js';

const beforeFirstMs = [1_000, 4_000] as const;
const betweenMs = [20_000, 40_000] as const;
const maxJobs = 3;

/** Puts jobs into a queue that is paused and looks how many it is said to hold, which is exactly these; then they are cancelled. */
export class Holder {
  constructor(
    private readonly tenant: Tenant,
    private readonly submitter: Submitter,
    private readonly stage: Stage,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const random = new Random(this.stage.seed, `queues held by client ${this.tenant.index}`);
    for (let round = 1; ; round += 1) {
      await pause(round === 1 ? random.between(...beforeFirstMs) : random.between(...betweenMs), signal);
      if (signal.aborted) return;
      // What is left of a round is not in the queue of the next one.
      await this.#hold(`held-${round}`, random.between(1, maxJobs));
    }
  }

  async #hold(queue: string, count: number): Promise<void> {
    const { client, reader } = this.tenant;
    const { outcome } = await called(this.stage.clock, 200, () => client.queues.pause(queue));
    if (outcome === 'ok') await this.#look(queue, count);
    // What waits there has to come to its end.
    await reader.client.queues.resume(queue);
  }

  async #look(queue: string, count: number): Promise<void> {
    const { seed, clock, recorder } = this.stage;
    const { index, clientId, http } = this.tenant;
    const [workKind = ''] = ownKinds;
    const submitted: Submitted[] = [];
    for (let n = 1; n <= count; n += 1) {
      const request = { type: 'EXECUTE', workKind, queue, payload: { n: `${queue} ${n}`, work_ms: 20 } } as const;
      const one = await this.submitter.submit(request, `s${seed}-c${index}-${queue}-${n}`);
      if (one !== null) submitted.push(one);
    }
    const position = submitted.at(-1)?.position ?? null;
    // One that is not known to be there may be there.
    if (submitted.length === count && position !== null) {
      const headers = { 'forgerun-min-position': position };
      const { answer, ...how } = await called(clock, 200, () =>
        http.send({ method: 'GET', path: `/v1/queues/${queue}`, headers }),
      );
      const depth = answer === null ? null : depthIn(answer.text);
      const jobIds = submitted.map(({ jobId }) => jobId);
      recorder.add({ kind: 'held', clientId, ...how, queue, jobIds, depth });
    }
    for (const { jobId } of submitted) await this.submitter.cancel(jobId);
  }
}

/** One that says no number is said to hold less than none. */
function depthIn(text: string): number {
  const { depth } = JSON.parse(text) as { readonly depth?: unknown };
  return typeof depth === 'number' ? depth : -1;
}
