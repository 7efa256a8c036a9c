import { type Streams } from '../../engine/commands/streams.js';
import { type Instant } from '../../kernel/instant.js';
import { Refusal } from '../../kernel/refusal.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type Leases, type NewLease } from '../leasing/leases.js';
import { LeaseLost } from '../domain/job.refusals.js';
import { type Job } from '../domain/job.state.js';
import { hasEnded, heldUnder } from '../domain/lease.js';
import { type HeldLease, type LeaseExtended } from './extend-lease.js';
import { jobStream } from '../domain/job.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** Notes that a worker of a client is alive. */
interface Sightings {
  saw(workerId: string, clientId: string): void;
}

/** Moves the ends of leases on whose workers are alive. */
export class LeaseExtension {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly workers: Sightings,
  ) {}

  /** Until when a lease is kept. Throws the refusal that says why it is not. */
  async extendOne(lease: HeldLease): Promise<LeaseExtended> {
    const [answer] = await this.extend([lease]);
    if (answer === undefined) throw new TypeError('a lease was given and none was answered');
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** In the order given: until when each lease is kept, or why it is not. */
  async extend(asked: readonly HeldLease[]): Promise<readonly (LeaseExtended | Error)[]> {
    // Read from the log, so that a cancel through another node is seen at once.
    const found = await this.streams.loadAll(
      jobStream,
      asked.map(({ jobId }) => jobId),
    );
    const now = this.clock.due();
    const wanted = new Map<string, NewLease>();
    const answers = asked.map((lease, place) => {
      const state = found[place]?.state ?? { state: 'NONE' };
      return this.#answerFor(lease, state, now, wanted);
    });
    const live = wanted.size === 0 ? null : await this.#write([...wanted.values()]);
    return answers.map((answer, place) => {
      const { leaseId, jobId } = asked[place] as HeldLease;
      const isLost = !(answer instanceof Error) && wanted.has(leaseId) && live?.has(leaseId) !== true;
      return isLost ? new LeaseLost(jobId, leaseId) : answer;
    });
  }

  async #write(wanted: readonly NewLease[]): Promise<ReadonlySet<string>> {
    failpoint('heartbeat.write');
    const live = await this.leases.extend(wanted);
    failpoint('heartbeat.written');
    return live;
  }

  /** Puts a lease that is to be kept among those wanted, once however often it was named. */
  #answerFor(
    { jobId, leaseId }: HeldLease,
    state: Job,
    now: Instant,
    wanted: Map<string, NewLease>,
  ): LeaseExtended | Refusal {
    if (hasEnded(leaseId, 'canceled', state)) return { leaseExpiresAt: now, cancelRequested: true };
    try {
      const held = heldUnder(leaseId, jobId, state);
      this.workers.saw(held.lease.workerId, held.definition.clientId);
      // A job that was not started in time goes back to its queue, however often its worker says that it is alive.
      if (held.state === 'ASSIGNED') return { leaseExpiresAt: held.lease.expiresAt, cancelRequested: false };
      const { clientId } = held.definition;
      const expiresAt = Math.min(now + held.lease.leaseMs, held.deadlineAt);
      wanted.set(leaseId, { leaseId, jobId, clientId, expiresAt });
      return { leaseExpiresAt: expiresAt, cancelRequested: false };
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }
}
