import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { Clock } from '../../platform/clock/clock.js';
import { Leases } from '../dispatch/leases.js';
import { ExpireLease, WithdrawLease } from '../domain/job.commands.js';
import { isHeld } from '../domain/job.state.js';
import { jobKind } from '../job.kind.js';

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements ICommandHandler<ExpireLease> {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly clock: Clock,
  ) {}

  async execute(command: ExpireLease): Promise<TimerAnswer> {
    const { state } = await this.streams.load(jobKind, command.jobId);
    if (!isHeld(state) || state.lease.leaseId !== command.leaseId) return 'done';
    const beat = await this.leases.endOf(command.leaseId);
    const end = Math.max(beat ?? 0, state.lease.expiresAt);
    // Heartbeats move the end on, but never past the attempt's deadline.
    const due = state.state === 'RUNNING' ? Math.min(end, state.deadlineAt) : state.lease.expiresAt;
    if (due > this.clock.now()) return { again: due };
    const { jobId, leaseId, cause } = command;
    // The claim that grants a lease writes it down before it answers: of one that is not there no worker has heard.
    const ending = beat === null ? new WithdrawLease(jobId, leaseId).because(cause) : command;
    const { state: after, events } = await this.streams.decideOn(jobKind, jobId, ending);
    // Too early by the decider's clock: without its timer the lease would never end.
    if (events.length === 0 && isHeld(after) && after.lease.leaseId === command.leaseId)
      return { again: after.lease.expiresAt };
    return 'done';
  }
}
