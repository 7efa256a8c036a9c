import { ForgeRunError } from './forge-run-error.js';
import { HttpConnection, type HttpConnectionOptions } from './http-connection.js';
import {
  type Completion,
  type CompletionAnswer,
  type Failure,
  type HeartbeatAnswer,
  type Lease,
  LeaseLost,
  type LeaseRequest,
  type LeaseSource,
  type Progress,
  ReportRefused,
  WorkerRefused,
} from './lease-source.js';
import { Leases } from './leases.js';
import { answerTo, reportOne } from './outcome-reporter.js';

/** As the engine has it. */
const customKind = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/;
const kindChars = 100;
/** How long a key that the engine does not know is tried again. */
const newKeyMs = 60_000;

/** Leases over the network. */
export class HttpLeaseSource implements LeaseSource {
  readonly #leases: Leases;
  /** Since when the key has been refused without a break, on the clock of `performance.now()`. */
  #unknownSince: number | null = null;

  constructor(options: HttpConnectionOptions | HttpConnection = {}) {
    // The worker repeats its calls itself, for as long as the lease lives.
    this.#leases = new Leases(options instanceof HttpConnection ? options : new HttpConnection(options), 0);
  }

  kindFault(workKind: string): string | null {
    if (workKind.length <= kindChars && customKind.test(workKind)) return null;
    return `${workKind} is no kind for a worker of yours: those are lower-case and dotted, such as email.send; others are run by the built-in worker alone`;
  }

  async lease(request: LeaseRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    try {
      const leases = await this.#leases.lease(request, signal);
      this.#unknownSince = null;
      return leases;
    } catch (error) {
      if (this.#isForGood(error)) throw new WorkerRefused(error.message, { cause: error });
      throw error;
    }
  }

  /** A key that was made a moment ago may not be known everywhere yet; what is wrong with a request stays wrong. */
  #isForGood(error: unknown): error is ForgeRunError {
    const isAnswer = error instanceof ForgeRunError && isOfTheEngine(error);
    if (!isAnswer || error.status !== 401) {
      this.#unknownSince = null;
      return isAnswer && (isRefused(error.status) || error.status === 403);
    }
    this.#unknownSince ??= performance.now();
    return performance.now() - this.#unknownSince >= newKeyMs;
  }

  async start(leaseId: string): Promise<void> {
    await holding(leaseId, this.#leases.start(leaseId));
  }

  heartbeat(leaseId: string, progress?: Progress): Promise<HeartbeatAnswer> {
    return holding(leaseId, this.#leases.heartbeat(leaseId, progress));
  }

  async complete(leaseId: string, resultText: string | null): Promise<void> {
    await holding(leaseId, this.#leases.complete(leaseId, resultText));
  }

  async fail(leaseId: string, failure: Failure): Promise<void> {
    await holding(leaseId, this.#leases.fail(leaseId, failure));
  }

  async release(leaseId: string, reason: string | null): Promise<void> {
    await holding(leaseId, this.#leases.release(leaseId, reason));
  }

  async completeMany(items: readonly Completion[]): Promise<readonly CompletionAnswer[]> {
    const together = items.filter(fitsTheBatchCall);
    const alone = items.filter((item) => !fitsTheBatchCall(item));
    const answers = await Promise.all([this.#sendTogether(together), this.#sendAlone(alone)]);
    const byLease = new Map(answers.flat());
    return items.map(({ leaseId }) => byLease.get(leaseId) ?? unanswered(leaseId));
  }

  async #sendTogether(items: readonly Completion[]): Promise<readonly Answered[]> {
    if (items.length < 2) return this.#sendAlone(items);
    try {
      const answers = await this.#leases.completeMany(items);
      return items.map(({ leaseId }, index) => [leaseId, answerOf(leaseId, answers[index])]);
    } catch (error) {
      // One bad item has the whole call refused; sent one by one, only that one is.
      if (error instanceof ForgeRunError && isRefused(error.status)) return this.#sendAlone(items);
      throw error;
    }
  }

  #sendAlone(items: readonly Completion[]): Promise<readonly Answered[]> {
    return Promise.all(
      items.map(async (item): Promise<Answered> => [item.leaseId, await answerTo(() => reportOne(this, item))]),
    );
  }
}

type Answered = readonly [leaseId: string, answer: CompletionAnswer];

/** Whether the batch call can carry it: it has no field for a requested delay, nor for a missing definition. */
const fitsTheBatchCall = ({ outcome }: Completion): boolean =>
  outcome.kind === 'succeeded' ||
  (outcome.failure.retryAfterMs === null && outcome.failure.definitionMissing === undefined);

function answerOf(leaseId: string, item: { status: number; detail: string } | undefined): CompletionAnswer {
  if (item === undefined) return unanswered(leaseId);
  if (item.status < 300) return { kind: 'recorded' };
  if (isLost(item.status)) return { kind: 'lease-lost' };
  if (isRefused(item.status)) return { kind: 'refused', detail: item.detail };
  return { kind: 'unavailable', error: new Error(`lease ${leaseId}: ${item.detail}`) };
}

const unanswered = (leaseId: string): CompletionAnswer => ({
  kind: 'unavailable',
  error: new Error(`no answer for lease ${leaseId}`),
});

async function holding<T>(leaseId: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof ForgeRunError)) throw error;
    if (isLost(error.status) && isOfTheEngine(error)) throw new LeaseLost(leaseId, { cause: error });
    if (isRefused(error.status)) throw new ReportRefused(error.message, { cause: error });
    throw error;
  }
}

/** 404 is what a lease that never was, or is another client's, answers. */
const isLost = (status: number): boolean => status === 409 || status === 404;

/** Anything on the way may say that it finds nothing, while it starts or is set up anew; that ends no lease. */
const isOfTheEngine = ({ code }: ForgeRunError): boolean => code.startsWith('RFA_') && code !== 'RFA_REQUEST_NOT_FOUND';

const isRefused = (status: number): boolean => status === 400 || status === 413 || status === 422;
