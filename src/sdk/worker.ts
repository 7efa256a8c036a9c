import { askedDelayMs, backoffMs, pause } from './backoff.js';
import { Heartbeats } from './heartbeats.js';
import { type Lease, LeaseLost, WorkerRefused } from './lease-source.js';
import { OutcomeReporter } from './outcome-reporter.js';
import { failedForGood, RunningJob } from './running-job.js';
import { settingsOf, type WorkerFailure, type WorkerOptions, type WorkerSettings } from './worker-options.js';

// The entry point of `forgerun/worker`: whatever a program that runs jobs needs to name.
export { Interruption, PermanentFailure, RetryLater } from './failures.js';
export { HttpLeaseSource } from './http-lease-source.js';
export { InMemoryLeaseSource } from './in-memory-lease-source.js';
export { HeartbeatsHeldUp } from './heartbeats.js';
export { type Lease, type LeaseSource, WorkerRefused } from './lease-source.js';
export { type Handler, type JobContext, JsonResult } from './running-job.js';
export { type WorkerFailure, type WorkerOptions } from './worker-options.js';

const maxJobsPerLease = 100;
const maxLoops = 10;
/** How long one request waits where the kinds or queues take several, which then go in turns. */
const turnMs = 1_000;
const loopBackoffBaseMs = 100;
const loopBackoffMaxMs = 10_000;
/** An empty answer that comes sooner than this did not wait; asking again at once would be a tight loop. */
const hastyMs = 50;
/** How long an aborted handler has to notice before its job is handed back all the same. */
const abortGraceMs = 500;
/** How long a stop waits for the last reports. */
const lastReportsMs = 2_000;

/**
 * Leases jobs, runs their handlers, keeps the leases alive and reports the ends. It lives through every failure of the
 * engine and the network: what it cannot report in time, the engine notices by the lease.
 */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #heartbeats: Heartbeats;
  readonly #reporter: OutcomeReporter;
  readonly #stopping = new AbortController();
  /** Every job held, with the promise of its end. */
  readonly #held = new Map<RunningJob, Promise<void>>();
  #handling = 0;
  /** Slots kept for jobs that were asked for and have not come yet. */
  #askedFor = 0;
  /** Requests that leases were asked for with, so that each part of the kinds and queues has its turn. */
  #turns = 0;
  #refusal: WorkerRefused | null = null;
  #onChange: (() => void)[] = [];
  #loop: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: WorkerOptions) {
    this.#settings = settingsOf(options);
    const { source, batch } = this.#settings;
    this.#heartbeats = new Heartbeats(
      source,
      this.#settings,
      (error, job) => {
        this.#report(error, { action: 'heartbeat', lease: job.lease });
      },
      (job) => void this.#handBackOnceHeard(job),
    );
    this.#reporter = new OutcomeReporter(source, batch, (error, leaseId) => {
      const held = [...this.#held.keys()].find((job) => job.leaseId === leaseId);
      this.#report(error, { action: 'report', lease: held?.lease ?? null });
    });
  }

  /** Jobs held at this moment: running, or waiting for their end to be recorded. */
  get held(): number {
    return this.#held.size;
  }

  /** Why the worker stopped by itself: it will never be given a job. Null while that is not so. */
  get refusal(): WorkerRefused | null {
    return this.#refusal;
  }

  start(): void {
    if (this.#stopping.signal.aborted) throw new Error('a stopped worker does not start again; make a new one');
    this.#loop ??= this.#leaseLoops();
  }

  /**
   * Leases nothing more from this moment, lets running handlers finish for `drainMs`, then aborts them and hands their
   * jobs back. Ends within `drainMs` and a few seconds, whatever the handlers do. Safe to call again.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    this.#stopping.abort();
    this.#changed();
    await this.#withinMs(this.#settings.drainMs, () => this.#quiet());
    const unfinished = [...this.#held.keys()].filter((job) => job.handling && !job.interrupted);
    for (const job of unfinished) job.interrupt('stopping');
    await this.#withinMs(abortGraceMs, () => this.#endOf(unfinished));
    const handBacks = unfinished.map((job) => this.#handBack(job.lease));
    await this.#withinMs(lastReportsMs, () => Promise.all([...handBacks, ...this.#reporting()]));
    for (const job of this.#held.keys()) {
      job.interrupt('stopping');
      this.#heartbeats.forget(job);
    }
  }

  async #quiet(): Promise<void> {
    if (this.#loop !== null) await this.#loop;
    while (this.#held.size > 0) await Promise.all(this.#held.values());
  }

  async #endOf(jobs: readonly RunningJob[]): Promise<void> {
    for (const job of jobs) await this.#held.get(job);
  }

  #reporting(): Promise<void>[] {
    return [...this.#held].filter(([job]) => !job.handling).map(([, end]) => end);
  }

  async #withinMs(ms: number, until: () => Promise<unknown>): Promise<void> {
    const over = new AbortController();
    await Promise.race([until(), pause(ms, over.signal)]);
    over.abort();
  }

  /** A call brings a hundred jobs at most, so a large worker keeps several under way. */
  async #leaseLoops(): Promise<void> {
    const loops = Math.min(maxLoops, Math.ceil(this.#settings.concurrency / maxJobsPerLease));
    await Promise.all(Array.from({ length: loops }, () => this.#leaseLoop()));
  }

  async #leaseLoop(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const free = this.#freeSlots();
      if (free === 0) {
        await this.#change();
        continue;
      }
      try {
        this.#askedFor += free;
        await this.#leaseUpTo(free).finally(() => {
          this.#askedFor -= free;
          this.#changed();
        });
        failures = 0;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#report(error, { action: 'lease', lease: null });
        if (error instanceof WorkerRefused) {
          this.#refusal = error;
          void this.stop();
          return;
        }
        const delayMs = Math.max(askedDelayMs(error), backoffMs(failures, loopBackoffBaseMs, loopBackoffMaxMs));
        await pause(delayMs, signal);
        failures += 1;
      }
    }
  }

  /** Jobs whose end is being recorded no longer take a slot, but no more than one generation of them may pile up. */
  #freeSlots(): number {
    const { concurrency } = this.#settings;
    const free = Math.min(concurrency - this.#handling, 2 * concurrency - this.#held.size) - this.#askedFor;
    return Math.max(0, Math.min(free, maxJobsPerLease));
  }

  async #leaseUpTo(maxJobs: number): Promise<void> {
    const { source, workerId, selections, leaseMs, pollMs } = this.#settings;
    const { signal } = this.#stopping;
    // A tenth less at random keeps a fleet that was started together from asking together for ever.
    const maxMs = selections.length === 1 ? pollMs : Math.min(pollMs, turnMs);
    const waitMs = Math.round(maxMs * (1 - Math.random() / 10));
    const askedAt = performance.now();
    const selection = selections[this.#turns++ % selections.length];
    const request = { workerId, ...selection, maxJobs, waitMs, leaseMs, start: true };
    const leases = await source.lease(request, signal);
    if (signal.aborted) {
      for (const { leaseId } of leases) source.freed?.(leaseId);
      await Promise.all(leases.map((lease) => this.#handBack(lease)));
      return;
    }
    const now = performance.now();
    // An answer that came long after the wait was over was held up on its way, and the leases have been running since.
    const leasedAt = Math.min(now, askedAt + waitMs);
    for (const lease of leases) this.#begin(lease, leasedAt);
    if (leases.length === 0 && now - askedAt < hastyMs) await pause(backoffMs(0, 2 * hastyMs, 2 * hastyMs), signal);
  }

  #begin(lease: Lease, leasedAt: number): void {
    const { workerId, leaseMs, heartbeatMs } = this.#settings;
    const job = new RunningJob(
      lease,
      workerId,
      leasedAt + leaseMs,
      leasedAt + lease.executionTimeoutMs,
      leasedAt + heartbeatMs,
      (running) => {
        this.#heartbeats.hasProgress(running);
      },
    );
    this.#handling += 1;
    this.#heartbeats.watch(job);
    const end = this.#run(job).finally(() => {
      this.#heartbeats.forget(job);
      this.#held.delete(job);
      this.#changed();
    });
    this.#held.set(job, end);
  }

  async #run(job: RunningJob): Promise<void> {
    const { handlers } = this.#settings;
    const { workKind } = job.lease;
    const { outcome, thrown } = await job.run(Object.hasOwn(handlers, workKind) ? handlers[workKind] : undefined);
    this.#handling -= 1;
    this.#settings.source.freed?.(job.leaseId);
    this.#changed();
    // An interrupted job is not this worker's to report, and its handler throws because it was interrupted.
    if (job.interrupted) return;
    if (thrown !== undefined) this.#report(thrown, { action: 'handler', lease: job.lease });
    await this.#heartbeats.flush(job);
    const answer = await this.#reporter.report(job, outcome);
    if (answer.kind !== 'refused') return;
    this.#report(new Error(answer.detail), { action: 'report', lease: job.lease });
    const failure = failedForGood('RESULT_REFUSED', `the result was refused: ${answer.detail}`);
    await this.#reporter.report(job, failure);
  }

  async #handBack(lease: Lease): Promise<void> {
    try {
      await this.#settings.source.release(lease.leaseId, 'the worker is stopping');
    } catch (error) {
      this.#report(error, { action: 'release', lease });
    }
  }

  /**
   * Says that a job was given up, as soon as the engine can be reached: one that was away itself holds the lease for
   * another term, and would charge the attempt to a lost worker when that ends too.
   */
  async #handBackOnceHeard(job: RunningJob): Promise<void> {
    const { signal } = this.#stopping;
    await this.#withinMs(abortGraceMs, () => this.#endOf([job]));
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#settings.source.release(job.leaseId, 'the engine could not be reached for a whole lease');
        return;
      } catch (error) {
        if (error instanceof LeaseLost) return;
        this.#report(error, { action: 'release', lease: job.lease });
        await pause(Math.max(askedDelayMs(error), backoffMs(failures, loopBackoffBaseMs, loopBackoffMaxMs)), signal);
      }
    }
  }

  #report(error: unknown, where: WorkerFailure): void {
    try {
      this.#settings.onError(error, where);
    } catch (thrown) {
      process.emitWarning(`onError threw: ${thrown instanceof Error ? thrown.message : typeof thrown}`);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange.push(resolve);
    });
  }

  /** Wakes the loop a turn later, so that slots that become free together are filled together. */
  #changed(): void {
    const waiting = this.#onChange;
    if (waiting.length === 0) return;
    this.#onChange = [];
    setImmediate(() => {
      for (const wake of waiting) wake();
    });
  }
}
