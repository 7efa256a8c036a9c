import { type Instant } from '../../kernel/instant.js';
import { canceled } from './ending.js';
import { evolve } from './job.evolve.js';
import { type JobEvent, type JobQueued } from './job.events.js';
import { type Assigned, type Created, type Failed } from './job.state.js';

/** A job that has been queued this often is not queued again: its stream must not grow without end. */
export const maxQueueings = 1_000;

export function queuedFirst(job: Created, reason: 'submitted' | 'due', at: Instant, due: Instant): JobQueued {
  const { totalMs } = job.definition.timeouts;
  return queued(job, 1, reason, null, totalMs === null ? null : due + totalMs, at, due);
}

/** Back to QUEUED within the same attempt, which never started; ends the job where it may not be queued once more. */
export function queueSameAttempt(
  job: Assigned,
  reason: 'lease_expired' | 'released',
  note: string | null,
  at: Instant,
  due: Instant,
): readonly JobEvent[] {
  const { number, queueings, totalDeadlineAt } = job.attempts;
  // An attempt that never started cannot have failed; being cancelled is the only end the state table leaves.
  if (queueings >= maxQueueings) return [canceled(job, 'requeue_limit', null, at)];
  return unlessTooLate(job, queued(job, number, reason, note, totalDeadlineAt, at, due), at, due);
}

/** Into the next attempt. */
export function queueNextAttempt(job: Failed, note: string | null, at: Instant, due: Instant): readonly JobEvent[] {
  return unlessTooLate(job, queuedForRetry(job, note, at, due), at, due);
}

export const queuedForRetry = (job: Failed, note: string | null, at: Instant, due: Instant): JobQueued =>
  queued(job, job.attempts.number + 1, 'retry', note, job.attempts.totalDeadlineAt, at, due);

/** The timer of the total time may have come and gone while the job could not be cancelled. */
function unlessTooLate(job: Assigned | Failed, event: JobQueued, at: Instant, due: Instant): readonly JobEvent[] {
  const { totalDeadlineAt } = event.data;
  if (totalDeadlineAt === null || due < totalDeadlineAt) return [event];
  return [event, canceled(evolve(job, event), 'total_timeout', null, at)];
}

/** Stamped with what time it is; deadlines are counted from the clock that they will be compared with. */
function queued(
  { definition }: Created | Assigned | Failed,
  attempt: number,
  reason: JobQueued['data']['reason'],
  note: string | null,
  totalDeadlineAt: Instant | null,
  at: Instant,
  due: Instant,
): JobQueued {
  const { jobId, clientId, queue, priority, workKind, scheduleId, timeouts } = definition;
  const queueDeadlineAt = earlier(timeouts.queueMs === null ? null : due + timeouts.queueMs, totalDeadlineAt);
  return {
    type: 'JobQueued',
    data: {
      jobId,
      clientId,
      attempt,
      reason,
      note,
      queue,
      priority,
      workKind,
      scheduleId,
      queuedAt: at,
      queueDeadlineAt,
      totalDeadlineAt,
    },
  };
}

function earlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null) return other;
  return other === null ? one : Math.min(one, other);
}
