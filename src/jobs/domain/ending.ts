import { type Instant } from '../../kernel/instant.js';
import { type AttemptFacts, type CanceledReason, type JobCanceled } from './job.events.js';
import { type Assigned, type Created, type Queued, type Running, isHeld } from './job.state.js';

export function factsOf(job: Queued | Assigned | Running): AttemptFacts {
  const { queue, workKind, scheduleId } = job.definition;
  const lease = isHeld(job) ? job.lease : null;
  return {
    attempt: job.attempts.number,
    queue,
    workKind,
    scheduleId,
    leaseId: lease?.leaseId ?? null,
    workerId: lease?.workerId ?? null,
    queuedAt: job.attempts.queuedAt,
    assignedAt: lease?.assignedAt ?? null,
    startedAt: job.state === 'RUNNING' ? job.startedAt : null,
  };
}

export function canceled(
  job: Created | Queued | Assigned | Running,
  reason: CanceledReason,
  note: string | null,
  at: Instant,
): JobCanceled {
  const { jobId, clientId, queue, workKind, scheduleId } = job.definition;
  const facts = job.state === 'CREATED' ? null : factsOf(job);
  return {
    type: 'JobCanceled',
    data: { jobId, clientId, reason, note, facts, queue, workKind, scheduleId, finishedAt: at },
  };
}
