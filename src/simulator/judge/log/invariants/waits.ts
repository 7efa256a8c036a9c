import { type Fault } from '../../history.js';
import { DeliveryWaits } from '../delivery-waits.js';
import { type LogFold, type LogInvariant, type LogStep, type Members } from '../log-invariant.js';
import { membersAt, nothingMore, numberAt, placeOf, textAt } from '../log-step.js';

export const waits: LogInvariant = {
  name: 'waits',
  promise:
    'A retry waits as long as its worker asked for, or else within what the backoff of its job allows; a delivery as its backoff says.',
  begin: () => new Waits(),
};

interface Job {
  readonly retry: Members;
  charged: number;
  /** What the command that failed it said beside its events. */
  asked: Members;
}

const maxAskedMs = 24 * 3_600_000;

class Waits implements LogFold {
  #cases = 0;
  readonly #jobs = new Map<string, Job>();
  readonly #deliveries = new DeliveryWaits();
  #lost = 0;

  *see(step: LogStep): Iterable<Fault> {
    const { jobId, said, type } = step;
    if (!step.isOurs) return;
    if (jobId === null) {
      yield* this.#ofDelivery(step);
      return;
    }
    if (type === 'JobCreated') this.#jobs.set(jobId, { retry: membersAt(said, 'retry'), charged: 0, asked: {} });
    const job = this.#jobs.get(jobId);
    if (job === undefined) {
      if (type === 'JobRetryScheduled') this.#lost += 1;
      return;
    }
    // The first event of an append has the command that made all of them.
    const command = step.marks['command'];
    if (Array.isArray(command)) job.asked = membersAt(command as unknown as Members, '2');
    if (type === 'JobFailed' && said['charged'] === true) job.charged += 1;
    if (type !== 'JobRetryScheduled') return;
    this.#cases += 1;
    yield* faultsOf(step, job);
  }

  *#ofDelivery(step: LogStep): Iterable<Fault> {
    const wait = this.#deliveries.see(step);
    if (wait === null) return;
    this.#cases += 1;
    const { waitMs, minMs, maxMs } = wait;
    if (waitMs < minMs || waitMs > maxMs)
      yield { jobId: null, text: `${placeOf(step)} waits ${waitMs} ms, not ${minMs} to ${maxMs}` };
  }

  end(): AsyncIterable<Fault> {
    return nothingMore();
  }

  cases(): number {
    return this.#cases;
  }

  notJudged(): readonly string[] {
    return this.#lost === 0 ? [] : [`${this.#lost} retries of jobs whose beginning is gone`];
  }
}

function* faultsOf(step: LogStep, { retry, charged, asked }: Job): Iterable<Fault> {
  const { jobId } = step;
  const retryAt = numberAt(step.said, 'retryAt') ?? Number.NaN;
  const waitMs = retryAt - (numberAt(asked, 'due') ?? step.at);
  const askedMs = numberAt(asked, 'retryAfterMs');
  const [minWaitMs, maxWaitMs] =
    askedMs === null ? backoff(retry, charged) : exactly(Math.min(Math.max(askedMs, 0), maxAskedMs));
  if (!(waitMs >= minWaitMs && waitMs <= maxWaitMs))
    yield { jobId, text: `${placeOf(step)} waits ${waitMs} ms, not ${minWaitMs} to ${maxWaitMs}` };
}

const exactly = (ms: number): readonly [number, number] => [Math.floor(ms), Math.floor(ms)];

/** `backoff_base_ms` after the first failure, `backoff_factor` times as long after each further one, `backoff_max_ms` at most. */
function backoff(retry: Members, charged: number): readonly [minWaitMs: number, maxWaitMs: number] {
  const of = (name: string): number => numberAt(retry, name) ?? Number.NaN;
  const maxWaitMs = Math.min(of('backoffMaxMs'), of('backoffBaseMs') * of('backoffFactor') ** (charged - 1));
  if (textAt(retry, 'jitter') === 'none') return exactly(maxWaitMs);
  return [0, maxWaitMs];
}
