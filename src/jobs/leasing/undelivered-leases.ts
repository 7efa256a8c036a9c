import { type Addressed, type Streams } from '../../engine/commands/streams.js';
import { type Ids } from '../../platform/ids/ids.js';
import { WithdrawLease } from '../domain/job.commands.js';
import { jobStream } from '../domain/job.stream.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { Signal } from '../../platform/async/signal.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** A lease that no worker was given. */
export interface UndeliveredLease {
  readonly jobId: string;
  readonly leaseId: string;
}

export interface UndeliveredReports {
  /** The job is ready again, and nothing is charged. */
  withdrawn(lease: UndeliveredLease): void;
  /** It could not be taken back, and ends by its timer. */
  left(lease: UndeliveredLease, why: string): void;
  /** The log did not take it; it is tried again. */
  failed(error: Error): void;
}

interface Kept extends UndeliveredLease {
  /** Its append may arrive later: that nothing holds the job under it does not mean that nothing will. */
  readonly mayComeYet: boolean;
  readonly since: number;
}

const maxKept = 10_000;
const maxPerRound = 500;
/** As long as an append of unknown outcome may still arrive. */
const doubtMs = 15_000;
/** By then the lease has ended by its own timer, in all likelihood. */
const maxMs = 300_000;
const retryBaseMs = 100;
const retryMaxMs = 2_000;
/** Tries that a stop waits for. */
const lastTries = 3;

/**
 * Takes leases back whose worker cannot be answered: the claim broke, or the request has gone. It tries until the log
 * says that the job is free, because until then the job is held by a worker that knows nothing of it.
 */
export class UndeliveredLeases {
  readonly #kept = new Map<string, Kept>();
  readonly #signal = new Signal();
  #running: Promise<void> | null = null;
  #isStopping = false;
  #hasLeft = false;

  constructor(
    private readonly streams: Streams,
    private readonly ids: Ids,
    private readonly reports: UndeliveredReports,
  ) {}

  takeBack(leases: readonly UndeliveredLease[], { mayComeYet = false } = {}): void {
    if (leases.length === 0) return;
    const since = performance.now();
    for (const { jobId, leaseId } of leases) {
      const lease = { jobId, leaseId };
      if (this.#kept.size >= maxKept) this.#leave(lease, 'too many are being taken back');
      else this.#kept.set(leaseId, { ...lease, mayComeYet, since });
    }
    this.#signal.notify();
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Does what can be done now; before the stores close. False where a lease could not be taken back, now or before. */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    this.#signal.notify();
    await this.#running;
    return !this.#hasLeft;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#kept.size > 0) {
      failures = (await this.#round()) ? 0 : failures + 1;
      if (this.#kept.size === 0) return;
      if (this.#isStopping && (failures === 0 || failures >= lastTries)) {
        this.#leaveAll('the engine stops');
        return;
      }
      // What is only waited for is looked at now and then.
      await this.#signal.sleep(failures === 0 ? retryMaxMs / 2 : backoffMs(failures, retryBaseMs, retryMaxMs));
    }
  }

  /** Asks for each once; whether the log answered for all. */
  async #round(): Promise<boolean> {
    const asked = [...this.#kept.values()].slice(0, maxPerRound);
    const answers = await this.#withdraw(asked);
    let isAnswered = true;
    asked.forEach((lease, place) => {
      const answer = answers[place];
      // In turn: those that stay wait behind those that have not been asked for.
      this.#kept.delete(lease.leaseId);
      if (answer === 'withdrawn') this.reports.withdrawn(lease);
      else if (answer === 'not held' && !isInDoubt(lease)) return;
      else if (performance.now() - lease.since > maxMs) this.#leave(lease, 'the log did not answer');
      else this.#kept.set(lease.leaseId, lease);
      if (answer instanceof Error) isAnswered = false;
    });
    return isAnswered;
  }

  async #withdraw(leases: readonly Kept[]): Promise<readonly ('withdrawn' | 'not held' | Error)[]> {
    const commands = leases.map(({ jobId, leaseId }): Addressed<WithdrawLease> => ({
      id: jobId,
      command: new WithdrawLease(jobId, leaseId).because({
        commandId: this.ids.next(),
        actor: 'process:dispatch',
        correlationId: null,
        causationId: null,
        traceparent: null,
      }),
    }));
    try {
      failpoint('lease.withdraw');
      const answers = await this.streams.decideOnMany(jobStream, commands);
      failpoint('lease.withdrawn');
      const failure = answers.find((answer) => answer instanceof Error);
      if (failure !== undefined) this.reports.failed(failure);
      return answers.map((answer) => {
        if (answer instanceof Error) return answer;
        return answer.events.length > 0 ? 'withdrawn' : 'not held';
      });
    } catch (error) {
      this.reports.failed(asError(error));
      return leases.map(() => asError(error));
    }
  }

  #leaveAll(why: string): void {
    for (const lease of this.#kept.values()) if (!isInDoubt(lease)) this.#leave(lease, why);
    this.#kept.clear();
  }

  #leave(lease: UndeliveredLease, why: string): void {
    this.#hasLeft = true;
    this.reports.left(lease, why);
  }
}

const isInDoubt = ({ mayComeYet, since }: Kept): boolean => mayComeYet && performance.now() - since < doubtMs;
