import { LeaseLost, type LeaseSource } from './lease-source.js';
import { type RunningJob } from './running-job.js';
import { after, type Timer } from './timer.js';

interface HeartbeatSettings {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** The least time between two heartbeats that carry progress. */
  readonly progressMs: number;
}

/** A heartbeat was due and could not be sent, since nothing else ran in this process meanwhile. */
export class HeartbeatsHeldUp extends Error {
  override readonly name = 'HeartbeatsHeldUp';
  constructor(
    readonly lateMs: number,
    workKind: string,
  ) {
    super(
      `a heartbeat was ${Math.round(lateMs)} ms late: a handler (this job's, of ${workKind}, or another one here) held up the event loop, or the process was paused; move long computations to a thread`,
    );
  }
}

/**
 * Keeps the leases of running jobs alive with one timer for all of them, set to the earliest thing due. A short job
 * costs no timer at all.
 *
 * Deadlines are kept on the monotonic clock, counted from the moment a heartbeat was sent: a worker that was frozen,
 * or whose wall clock jumped, never believes in a lease for longer than the engine does.
 */
export class Heartbeats {
  readonly #jobs = new Set<RunningJob>();
  #timer: Timer | null = null;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly source: LeaseSource,
    private readonly settings: HeartbeatSettings,
    private readonly onFailure: (error: unknown, job: RunningJob) => void,
    /** A lease ran out unheard. The engine may have been away as well, and hold it still. */
    private readonly onSilence: (job: RunningJob) => void,
  ) {}

  watch(job: RunningJob): void {
    this.#jobs.add(job);
    this.#wakeBy(dueAt(job));
  }

  forget(job: RunningJob): void {
    if (this.#jobs.delete(job) && this.#jobs.size === 0) this.#sleep();
  }

  /** Sends a job's newest progress with its next heartbeat, and brings that forward. */
  hasProgress(job: RunningJob): void {
    if (!this.#jobs.has(job)) return;
    const earliest = Math.max(performance.now(), job.progressSentAt + this.settings.progressMs);
    if (earliest >= job.nextBeatAt) return;
    job.nextBeatAt = earliest;
    this.#wakeBy(dueAt(job));
  }

  /** Sends what the job last said, and waits for the heartbeat on its way, so that its end is reported after it. */
  async flush(job: RunningJob): Promise<void> {
    this.#reportIfHeldUp(job);
    if (job.beating !== null) await job.beating;
    if (job.progressIsWaiting && !job.interrupted) await this.#beat(job);
  }

  #wakeBy(at: number): void {
    if (at >= this.#wakesAt) return;
    if (this.#timer !== null) this.#timer.cancel();
    this.#wakesAt = at;
    this.#timer = after(Math.max(0, Math.ceil(at - performance.now())), () => {
      this.#wake();
    });
  }

  #sleep(): void {
    if (this.#timer !== null) this.#timer.cancel();
    this.#timer = null;
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    this.#sleep();
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs) {
      this.#reportIfHeldUp(job);
      if (job.handling && now >= job.timesOutAt) this.#interrupt(job, 'execution_timeout');
      else if (job.handling && now >= job.leaseEndsAt) {
        this.#interrupt(job, 'lease_lost');
        this.onSilence(job);
      } else {
        if (job.beating === null && now >= job.nextBeatAt) void this.#beat(job);
        next = Math.min(next, dueAt(job));
      }
    }
    this.#wakeBy(next);
  }

  #reportIfHeldUp(job: RunningJob): void {
    const lateMs = performance.now() - Math.max(job.nextBeatAt, job.begunAt);
    if (job.beating !== null || lateMs < this.settings.heartbeatMs) return;
    // Due now: what was reported once is not late a second time.
    job.nextBeatAt = performance.now();
    this.onFailure(new HeartbeatsHeldUp(lateMs, job.lease.workKind), job);
  }

  #interrupt(job: RunningJob, reason: 'canceled' | 'execution_timeout' | 'lease_lost'): void {
    this.forget(job);
    job.interrupt(reason);
  }

  #beat(job: RunningJob): Promise<void> {
    const beat = this.#send(job).finally(() => {
      job.beating = null;
      if (this.#jobs.has(job)) this.#wakeBy(dueAt(job));
    });
    job.beating = beat;
    return beat;
  }

  async #send(job: RunningJob): Promise<void> {
    const { heartbeatMs, leaseMs, progressMs } = this.settings;
    const sentAt = performance.now();
    const progress = job.takeProgress();
    if (progress !== null) job.progressSentAt = sentAt;
    job.nextBeatAt = sentAt + heartbeatMs;
    try {
      const answer = await answeredWithin(heartbeatMs, this.source.heartbeat(job.leaseId, progress ?? undefined));
      job.leaseEndsAt = sentAt + leaseMs;
      if (answer.cancelRequested) this.#interrupt(job, 'canceled');
      else if (job.progressIsWaiting) job.nextBeatAt = Math.min(job.nextBeatAt, job.progressSentAt + progressMs);
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.#interrupt(job, 'lease_lost');
        return;
      }
      job.returnProgress(progress);
      job.nextBeatAt = performance.now() + (heartbeatMs / 4) * (0.75 + Math.random() / 2);
      this.onFailure(error, job);
    }
  }
}

function dueAt({ handling, timesOutAt, leaseEndsAt, beating, nextBeatAt }: RunningJob): number {
  const beatAt = beating === null ? nextBeatAt : Number.POSITIVE_INFINITY;
  // What has been done is reported until the engine answers: it knows whether the lease still counts.
  return handling ? Math.min(timesOutAt, leaseEndsAt, beatAt) : beatAt;
}

/** A heartbeat that hangs must not keep the next one from being sent. */
async function answeredWithin<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = after(ms, () => {
      reject(new Error(`no answer to a heartbeat within ${ms} ms`));
    });
  });
  return Promise.race([answer, late]).finally(() => {
    timer?.cancel();
  });
}
