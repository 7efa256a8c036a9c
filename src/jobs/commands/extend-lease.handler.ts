import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Instant } from '../../kernel/instant.js';
import { Clock } from '../../platform/clock/clock.js';
import { Leases } from '../dispatch/leases.js';
import { LiveWorkers } from '../dispatch/live-workers.js';
import { LeaseLost } from '../domain/job.refusals.js';
import { hasEnded, heldUnder } from '../domain/lease.js';
import { jobKind } from '../job.kind.js';
import { ExtendLease } from './extend-lease.js';

export interface LeaseExtended {
  readonly leaseExpiresAt: Instant;
  /** The job was cancelled: its worker may stop. */
  readonly cancelRequested: boolean;
}

@CommandHandler(ExtendLease)
export class ExtendLeaseHandler implements ICommandHandler<ExtendLease> {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly workers: LiveWorkers,
  ) {}

  async execute({ jobId, leaseId }: ExtendLease): Promise<LeaseExtended> {
    // Read from the log, so that a cancel through another node is seen at once.
    const { state } = await this.streams.load(jobKind, jobId);
    const now = this.clock.due();
    if (hasEnded(leaseId, 'canceled', state)) return { leaseExpiresAt: now, cancelRequested: true };
    const held = heldUnder(leaseId, jobId, state);
    this.workers.saw(held.lease.workerId);
    // A job that was not started in time goes back to its queue, however often its worker says that it is alive.
    if (held.state === 'ASSIGNED') return { leaseExpiresAt: held.lease.expiresAt, cancelRequested: false };
    const { clientId } = held.definition;
    const leaseExpiresAt = Math.min(now + held.lease.leaseMs, held.deadlineAt);
    const live = await this.leases.extend([{ leaseId, jobId, clientId, expiresAt: leaseExpiresAt }]);
    if (!live.has(leaseId)) throw new LeaseLost(jobId, leaseId);
    return { leaseExpiresAt, cancelRequested: false };
  }
}
