import { type Fault } from '../../history.js';
import { type LogFold, type LogInvariant, type LogStep } from '../log-invariant.js';
import { nothingMore, numberAt, placeOf, textAt } from '../log-step.js';

export const overfull: LogInvariant = {
  name: 'overfull',
  promise: 'No queue has more jobs leased since its limit was set than its max_running says.',
  begin: () => new Overfull(),
};

/** A claim that was under way when the limit came may still go by the one before, or by none. */
const settlingMs = 15_000;

interface Queue {
  /** Limits by when they came into force, the latest last; null: none. Those that no claim can go by any more are dropped. */
  limits: readonly { readonly at: number; readonly max: number | null }[];
  /** Jobs that were leased under a limit and still are. */
  readonly leased: Set<string>;
}

const endsLease: ReadonlySet<string> = new Set(['JobQueued', 'JobSucceeded', 'JobFailed', 'JobCanceled']);

class Overfull implements LogFold {
  #cases = 0;
  readonly #queues = new Map<string, Queue>();
  readonly #queueOf = new Map<string, Queue>();

  *see(step: LogStep): Iterable<Fault> {
    if (!step.isOurs) return;
    const { jobId, type } = step;
    if (type === 'QueueLimited') this.#limit(step);
    if (jobId === null) return;
    if (type === 'JobAssigned') yield* this.#lease(step, jobId);
    if (!endsLease.has(type)) return;
    this.#queueOf.get(jobId)?.leased.delete(jobId);
    this.#queueOf.delete(jobId);
  }

  end(): AsyncIterable<Fault> {
    return nothingMore();
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return [];
  }

  #limit({ said, at }: LogStep): void {
    const key = keyOf(said);
    const queue = this.#queues.get(key) ?? { limits: [{ at: Number.NEGATIVE_INFINITY, max: null }], leased: new Set() };
    queue.limits = [...queue.limits, { at, max: numberAt(said, 'maxRunning') }];
    this.#queues.set(key, queue);
  }

  *#lease(step: LogStep, jobId: string): Iterable<Fault> {
    // Queues without a limit cost nothing.
    const queue = this.#queues.get(keyOf(step.said));
    if (queue === undefined) return;
    const max = highestIn(queue, step.at);
    if (max === null) return;
    this.#cases += 1;
    queue.leased.add(jobId);
    this.#queueOf.set(jobId, queue);
    if (queue.leased.size > max)
      yield { jobId, text: `${placeOf(step)} is lease ${queue.leased.size} of a queue that may have ${max}` };
  }
}

const keyOf = (said: LogStep['said']): string =>
  JSON.stringify([textAt(said, 'clientId') ?? '', textAt(said, 'queue') ?? '']);

/** The highest limit that a claim may have gone by; null: there may have been none. */
function highestIn(queue: Queue, at: number): number | null {
  const settled = queue.limits.findLastIndex((limit) => limit.at <= at - settlingMs);
  queue.limits = queue.limits.slice(Math.max(0, settled));
  let highest = 0;
  for (const { max } of queue.limits) {
    if (max === null) return null;
    highest = Math.max(highest, max);
  }
  return highest;
}
