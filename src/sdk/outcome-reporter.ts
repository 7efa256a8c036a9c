import { askedDelayMs, backoffMs, pause } from './backoff.js';
import {
  type Completion,
  type CompletionAnswer,
  LeaseLost,
  type LeaseSource,
  type Outcome,
  ReportRefused,
} from './lease-source.js';

/** The job whose end is reported. */
interface Reported {
  readonly leaseId: string;
  /** Its lease is gone, or its end needs no report any more. */
  readonly interrupted: boolean;
  /** Fires when it is interrupted. */
  readonly signal: AbortSignal;
}

interface Waiting extends Completion {
  readonly answer: (answer: CompletionAnswer) => void;
}

const maxCallsInFlight = 4;
/** Keeps a batch under the API's body limit; a single result may be larger. */
const maxBatchChars = 1_048_576;
const retryBaseMs = 100;
const retryMaxMs = 5_000;

/**
 * Sends the ends of jobs. What ends in the same turn of the event loop, or while earlier reports are on their way,
 * goes out together, so the busier a worker is the fewer calls one job costs.
 */
export class OutcomeReporter {
  readonly #waiting: Waiting[] = [];
  #callsInFlight = 0;
  #scheduled = false;

  constructor(
    private readonly source: LeaseSource,
    private readonly maxBatch: number,
    private readonly onUnavailable: (error: unknown, leaseId: string) => void,
  ) {}

  /** Repeats a report until it is answered or the job is interrupted. */
  async report(job: Reported, outcome: Outcome): Promise<CompletionAnswer> {
    const { leaseId } = job;
    for (let failures = 0; ; failures += 1) {
      if (job.interrupted) return { kind: 'lease-lost' };
      const answer = await this.#once(leaseId, outcome);
      if (answer.kind !== 'unavailable') return answer;
      this.onUnavailable(answer.error, leaseId);
      await pause(Math.max(askedDelayMs(answer.error), backoffMs(failures, retryBaseMs, retryMaxMs)), job.signal);
    }
  }

  #once(leaseId: string, outcome: Outcome): Promise<CompletionAnswer> {
    return new Promise((answer) => {
      this.#waiting.push({ leaseId, outcome, answer });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#callsInFlight >= maxCallsInFlight || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send(this.#nextBatch());
    });
  }

  #nextBatch(): readonly Waiting[] {
    let chars = 0;
    let count = 0;
    for (const { outcome } of this.#waiting) {
      chars += charsOf(outcome);
      if (count > 0 && (count >= this.maxBatch || chars > maxBatchChars)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #send(batch: readonly Waiting[]): void {
    this.#callsInFlight += 1;
    void this.#answersFor(batch)
      .catch((error: unknown) => batch.map((): CompletionAnswer => ({ kind: 'unavailable', error })))
      .then((answers) => {
        this.#callsInFlight -= 1;
        batch.forEach(({ answer, leaseId }, index) => {
          answer(answers[index] ?? { kind: 'unavailable', error: new Error(`no answer for lease ${leaseId}`) });
        });
        this.#schedule();
      });
    this.#schedule();
  }

  async #answersFor(batch: readonly Waiting[]): Promise<readonly CompletionAnswer[]> {
    const [first] = batch;
    if (first === undefined) return [];
    if (batch.length > 1) return this.source.completeMany(batch.map(({ leaseId, outcome }) => ({ leaseId, outcome })));
    return [await answerTo(() => reportOne(this.source, first))];
  }
}

const charsOf = (outcome: Outcome): number =>
  outcome.kind === 'succeeded'
    ? (outcome.resultText?.length ?? 0)
    : outcome.failure.message.length + (outcome.failure.stack?.length ?? 0);

/** Sends one end by the call made for it. */
export const reportOne = (source: LeaseSource, { leaseId, outcome }: Completion): Promise<void> =>
  outcome.kind === 'succeeded' ? source.complete(leaseId, outcome.resultText) : source.fail(leaseId, outcome.failure);

/** Turns what a source throws into an answer. */
export async function answerTo(call: () => Promise<void>): Promise<CompletionAnswer> {
  try {
    await call();
    return { kind: 'recorded' };
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'lease-lost' };
    if (error instanceof ReportRefused) return { kind: 'refused', detail: error.message };
    return { kind: 'unavailable', error };
  }
}
