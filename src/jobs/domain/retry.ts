import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type QueueRetry, type RetryJob } from './job.commands.js';
import { type JobEvent } from './job.events.js';
import { JobConflict, JobNotRetryable } from './job.refusals.js';
import { type Failed, type Job, existingJob } from './job.state.js';
import { maxQueueings, queueNextAttempt } from './queueing.js';

/** Early, or for a retry that has been brought forward, it decides nothing. */
export function queueRetry({ attempt }: QueueRetry, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (job.state !== 'FAILED' || job.pendingRetry === null) return [];
  if (job.pendingRetry.attempt !== attempt || due < job.pendingRetry.retryAt) return [];
  return queueNextAttempt(job, null, at, due);
}

export function retry({ jobId, force, reason }: RetryJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const known = existingJob(jobId, job);
  switch (known.state) {
    case 'QUEUED':
    case 'ASSIGNED':
    case 'RUNNING':
      return [];
    case 'FAILED':
      refuseUnlessRetryable(known, force, due);
      return queueNextAttempt(known, reason, at, due);
    case 'CREATED':
    case 'SUCCEEDED':
    case 'CANCELED':
      throw new JobConflict(jobId, known.state, 'FAILED');
    default:
      return exhaustive(known);
  }
}

function refuseUnlessRetryable({ definition, attempts }: Failed, force: boolean, due: Instant): void {
  const { jobId, retry: policy } = definition;
  if (attempts.charged >= policy.maxAttempts && !force) throw new JobNotRetryable(jobId, 'attempts_used_up');
  if (attempts.queueings >= maxQueueings) throw new JobNotRetryable(jobId, 'queueings_used_up');
  // Queued now it would be cancelled at once, and its failure could not be looked at again.
  if (attempts.totalDeadlineAt !== null && due >= attempts.totalDeadlineAt)
    throw new JobNotRetryable(jobId, 'total_time_over');
}
