import { pause } from './backoff.js';
import {
  type Completion,
  type CompletionAnswer,
  type Failure,
  type HeartbeatAnswer,
  type Lease,
  LeaseLost,
  type LeaseRequest,
  type LeaseSource,
  type Outcome,
  type Progress,
  TextLease,
} from './lease-source.js';
import { answerTo, reportOne } from './outcome-reporter.js';

interface QueuedJob {
  readonly jobId: string;
  readonly workKind: string;
  readonly payload?: unknown;
  readonly attempt?: number;
  readonly executionTimeoutMs?: number;
}

type LeaseEnding = Outcome | { readonly kind: 'released'; readonly reason: string | null };

type CallName = 'lease' | 'start' | 'heartbeat' | 'complete' | 'fail' | 'release' | 'completeMany';

/** Jobs from memory, for testing handlers and workers without an engine. It never retries and never expires a lease. */
export class InMemoryLeaseSource implements LeaseSource {
  readonly #ready: Lease[] = [];
  readonly #leased = new Map<string, Lease>();
  readonly #canceled = new Set<string>();
  readonly #endings = new Map<string, LeaseEnding>();
  readonly #listeners = new Set<() => void>();
  /** Every call that was made, in order. */
  readonly calls: CallName[] = [];
  readonly requests: LeaseRequest[] = [];
  readonly batchSizes: number[] = [];
  readonly progress: Progress[] = [];
  /** Called before each call is carried out; what it throws, the call throws. */
  onCall: (call: CallName) => void | Promise<void> = () => undefined;

  add(...jobs: readonly QueuedJob[]): void {
    for (const job of jobs) {
      this.#ready.push(
        new TextLease({
          leaseId: `lease-${job.jobId}`,
          jobId: job.jobId,
          attempt: job.attempt ?? 1,
          workKind: job.workKind,
          payloadText: job.payload === undefined ? null : JSON.stringify(job.payload),
          queue: 'default',
          executionTimeoutMs: job.executionTimeoutMs ?? 120_000,
          leaseExpiresAt: Date.now(),
          traceparent: null,
        }),
      );
    }
    this.#changed();
  }

  /** Cancels a job: the answer to its next heartbeat says so. */
  cancel(jobId: string): void {
    this.#canceled.add(`lease-${jobId}`);
  }

  /** The job is taken away from its worker, as by an expired lease. */
  takeAway(jobId: string): void {
    this.#leased.delete(`lease-${jobId}`);
  }

  endingOf(jobId: string): LeaseEnding | null {
    return this.#endings.get(`lease-${jobId}`) ?? null;
  }

  /** Waits for a job's end; takes as long as its handler does. */
  async ended(jobId: string): Promise<LeaseEnding> {
    await this.until(() => this.endingOf(jobId) !== null);
    return this.endingOf(jobId) ?? { kind: 'released', reason: null };
  }

  /** Waits until a condition over what this source shows comes true; looked at whenever a call has been carried out. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
    });
  }

  async lease(request: LeaseRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    this.requests.push(request);
    await this.#call('lease');
    if (this.#ready.length === 0 && !signal.aborted) await this.#something(request.waitMs, signal);
    if (signal.aborted) return [];
    const leases = this.#ready.splice(0, request.maxJobs);
    for (const lease of leases) this.#leased.set(lease.leaseId, lease);
    this.#changed();
    return leases;
  }

  async start(leaseId: string): Promise<void> {
    await this.#call('start');
    this.#mustHold(leaseId);
  }

  async heartbeat(leaseId: string, progress?: Progress): Promise<HeartbeatAnswer> {
    await this.#call('heartbeat');
    this.#mustHold(leaseId);
    if (progress !== undefined) this.progress.push(progress);
    this.#changed();
    return { leaseExpiresAt: Date.now(), cancelRequested: this.#canceled.has(leaseId) };
  }

  async complete(leaseId: string, resultText: string | null): Promise<void> {
    await this.#call('complete');
    this.#end(leaseId, { kind: 'succeeded', resultText });
  }

  async fail(leaseId: string, failure: Failure): Promise<void> {
    await this.#call('fail');
    this.#end(leaseId, { kind: 'failed', failure });
  }

  async release(leaseId: string, reason: string | null): Promise<void> {
    await this.#call('release');
    this.#end(leaseId, { kind: 'released', reason });
  }

  async completeMany(items: readonly Completion[]): Promise<readonly CompletionAnswer[]> {
    await this.#call('completeMany');
    this.batchSizes.push(items.length);
    return Promise.all(items.map((item) => answerTo(() => reportOne(this, item))));
  }

  async #call(call: CallName): Promise<void> {
    this.calls.push(call);
    await this.onCall(call);
  }

  #mustHold(leaseId: string): void {
    if (!this.#leased.has(leaseId)) throw new LeaseLost(leaseId);
  }

  #end(leaseId: string, ending: LeaseEnding): void {
    this.#mustHold(leaseId);
    this.#leased.delete(leaseId);
    this.#endings.set(leaseId, ending);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #something(waitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const listener = (): void => {
      if (this.#ready.length > 0 || signal.aborted) over.abort();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', listener);
    await pause(waitMs, over.signal);
    signal.removeEventListener('abort', listener);
    this.#listeners.delete(listener);
  }
}
