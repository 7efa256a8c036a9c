import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { canceled } from './ending.js';
import { type CancelJob, type ExpireQueueTime, type ExpireTotalTime } from './job.commands.js';
import { evolve } from './job.evolve.js';
import { type JobEvent } from './job.events.js';
import { type Failed, type Job, isHeld, existingJob } from './job.state.js';
import { queuedForRetry } from './queueing.js';

export function cancel(command: CancelJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const known = existingJob(command.jobId, job);
  const { note } = command;
  switch (known.state) {
    case 'CREATED':
    case 'QUEUED':
    case 'ASSIGNED':
    case 'RUNNING':
      return [canceled(known, 'requested', note, at)];
    case 'FAILED':
      return known.pendingRetry === null ? [] : cancelPendingRetry(known, note, at, due);
    case 'SUCCEEDED':
    case 'CANCELED':
      return [];
    default:
      return exhaustive(known);
  }
}

/**
 * Cancels a job that waits for its retry, so that the retry never runs. No job goes from FAILED to CANCELED, so
 * the retry is brought forward and cancelled in one decision: nothing can lease it in between.
 */
function cancelPendingRetry(job: Failed, note: string | null, at: Instant, due: Instant): readonly JobEvent[] {
  const queued = queuedForRetry(job, null, at, due);
  return [queued, canceled(evolve(job, queued), 'requested', note, at)];
}

export function expireQueueTime(
  { attempt }: ExpireQueueTime,
  job: Job,
  at: Instant,
  due: Instant,
): readonly JobEvent[] {
  if (job.state !== 'QUEUED' || job.attempts.number !== attempt) return [];
  const { queueDeadlineAt, totalDeadlineAt } = job.attempts;
  if (queueDeadlineAt === null || due < queueDeadlineAt) return [];
  return [canceled(job, queueDeadlineAt === totalDeadlineAt ? 'total_timeout' : 'queue_timeout', null, at)];
}

/** A job that waits for its retry is left alone: the retry finds its total time over and ends it. */
export function expireTotalTime(_command: ExpireTotalTime, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (job.state !== 'QUEUED' && !isHeld(job)) return [];
  const { totalDeadlineAt } = job.attempts;
  return totalDeadlineAt === null || due < totalDeadlineAt ? [] : [canceled(job, 'total_timeout', null, at)];
}
