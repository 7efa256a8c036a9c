import { CommandHandler } from '@nestjs/cqrs';
import { isBuiltInKind } from '../../kernel/work-kinds.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { Clock } from '../../platform/clock/clock.js';
import { HeartbeatReception } from '../leasing/heartbeat-reception.js';
import { Leases } from '../leasing/leases.js';
import { ExpireLease, ReleaseJob, WithdrawLease } from '../domain/job.commands.js';
import { type Held, isHeld, type Job, type Running } from '../domain/job.state.js';
import { KeptProgress } from './kept-progress.js';
import { jobStream } from '../domain/job.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

@CommandHandler(ExpireLease)
export class ExpireLeaseHandler implements Handles<ExpireLease> {
  constructor(
    private readonly streams: Streams,
    private readonly leases: Leases,
    private readonly clock: Clock,
    private readonly reception: HeartbeatReception,
    private readonly progress: KeptProgress,
  ) {}

  async execute(command: ExpireLease): Promise<TimerAnswer> {
    const { jobId, leaseId, cause } = command;
    const { state } = await this.streams.load(jobStream, jobId);
    if (!isHeldUnder(leaseId, state)) return 'done';
    const row = await this.leases.find(leaseId);
    const endsAt = endOf(state, row?.endsAt ?? 0);
    if (endsAt > this.clock.due()) return { again: endsAt };
    // The claim that grants a lease writes it down before it answers: one that is not there was given to no worker.
    if (row === null) return await this.#decide(new WithdrawLease(jobId, leaseId).because(cause));
    const { leaseMs, beganAt } = state.lease;
    const look = await this.reception.lookAt({ beganAt, endsAt, leaseMs });
    if (look !== 'over') return { again: look };
    // A job that runs is kept by heartbeats; the start of one that does not is ordered by its stream, and it is not charged.
    if (state.state !== 'RUNNING') return await this.#decide(command);
    const delivery = row.unheard === null || isHeard(state) ? 'sure' : await this.reception.lookAtDelivery(row.unheard);
    if (typeof delivery === 'number') return { again: delivery };
    const { clientId } = state.definition;
    failpoint('lease.close');
    // As the row was seen: what a lease was granted for may reach beyond the deadline of its attempt.
    const expiresAt = Math.max(endsAt, row.endsAt);
    if (!(await this.leases.close({ leaseId, jobId, clientId, expiresAt }))) return { again: endsAt };
    failpoint('lease.closed');
    // The engine's own worker is silent only where its process has ended, or stands still: the engine cut it short.
    const isOurs = isBuiltInKind(state.definition.workKind) && endsAt < state.deadlineAt;
    if (delivery === 'sure' && !isOurs) return await this.#decide(command);
    // Free of charge, but not without end: it may be the job that ends its worker and the node at once.
    const reason = isOurs ? engineGone : granterGone;
    return await this.#decide(new ReleaseJob(jobId, leaseId, reason, command.jitter).because(cause));
  }

  async #decide(ending: ExpireLease | ReleaseJob | WithdrawLease): Promise<TimerAnswer> {
    const { state } = await this.progress.decideOn(ending);
    // It was started in the meantime, or it is too early by the decider's clock: without its timer it would never end.
    return isHeldUnder(ending.leaseId, state) ? { again: state.lease.expiresAt } : 'done';
  }
}

const granterGone = 'The node that granted the lease was gone before it was sure to have delivered it.';

const engineGone = 'The engine that ran it was gone.';

/** Whether its worker started it by a call of its own, or reported progress. */
const isHeard = ({ startedAt, lease, progress }: Running): boolean =>
  startedAt !== lease.assignedAt || progress !== null;

/** Heartbeats move the end on, but never past the attempt's deadline. */
const endOf = (held: Held, heardUntil: number): number =>
  held.state === 'RUNNING'
    ? Math.min(Math.max(heardUntil, held.lease.expiresAt), held.deadlineAt)
    : held.lease.expiresAt;

const isHeldUnder = (leaseId: string, job: Job): job is Held => isHeld(job) && job.lease.leaseId === leaseId;
