import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { Clock } from '../../platform/clock/clock.js';
import { HeartbeatReception } from '../dispatch/heartbeat-reception.js';
import { Leases } from '../dispatch/leases.js';
import { ExpireLease, WithdrawLease } from '../domain/job.commands.js';
import { type Held, isHeld, type Job } from '../domain/job.state.js';
import { jobKind } from '../job.kind.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements ICommandHandler<ExpireLease> {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly reception: HeartbeatReception,
    private readonly progress: KeptProgress,
  ) {}

  async execute(command: ExpireLease): Promise<TimerAnswer> {
    const { jobId, leaseId, cause } = command;
    const { state } = await this.streams.load(jobKind, jobId);
    if (!isHeldUnder(leaseId, state)) return 'done';
    const beat = await this.leases.endOf(leaseId);
    const endsAt = endOf(state, beat ?? 0);
    if (endsAt > this.clock.due()) return { again: endsAt };
    // The claim that grants a lease writes it down before it answers: of one that is not there no worker has heard.
    if (beat === null) return await this.decide(new WithdrawLease(jobId, leaseId).because(cause));
    const { leaseMs, beganAt } = state.lease;
    const look = await this.reception.lookAt({ beganAt, endsAt, leaseMs });
    if (look !== 'over') return { again: look };
    // A job that runs is kept by heartbeats; the start of one that does not is ordered by its stream.
    if (state.state === 'RUNNING') {
      const { clientId } = state.definition;
      if (!(await this.leases.close({ leaseId, jobId, clientId, expiresAt: endsAt }))) return { again: endsAt };
    }
    return await this.decide(command);
  }

  private async decide(ending: ExpireLease | WithdrawLease): Promise<TimerAnswer> {
    const { state } = await this.progress.decideOn(ending);
    // It was started in the meantime, or it is too early by the decider's clock: without its timer it would never end.
    return isHeldUnder(ending.leaseId, state) ? { again: state.lease.expiresAt } : 'done';
  }
}

/** Heartbeats move the end on, but never past the attempt's deadline. */
const endOf = (held: Held, heardUntil: number): number =>
  held.state === 'RUNNING'
    ? Math.min(Math.max(heardUntil, held.lease.expiresAt), held.deadlineAt)
    : held.lease.expiresAt;

const isHeldUnder = (leaseId: string, job: Job): job is Held => isHeld(job) && job.lease.leaseId === leaseId;
