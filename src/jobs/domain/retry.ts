import { exhaustive } from '../../kernel/exhaustive.js';
import type { Instant } from '../../kernel/instant.js';
import type { QueueRetry, RetryJob } from './job.commands.js';
import type { JobEvent } from './job.events.js';
import { JobConflict } from './job.refusals.js';
import { type Failed, type Job, knownJob } from './job.state.js';
import { mostQueueings, queueNextAttempt } from './queueing.js';

/** Early, or for a retry that has been brought forward, it decides nothing. */
export function queueRetry({ attempt }: QueueRetry, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (job.state !== 'FAILED' || job.pendingRetry === null) return [];
  if (job.pendingRetry.attempt !== attempt || due < job.pendingRetry.retryAt) return [];
  return queueNextAttempt(job, null, at, due);
}

export function retry({ jobId, force, reason }: RetryJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const known = knownJob(jobId, job);
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
  const refuse = (why: string, wanted: string) => new JobConflict(jobId, `FAILED with ${why}`, `FAILED with ${wanted}`);
  if (attempts.charged >= policy.maxAttempts && !force) {
    throw refuse('its attempts used up', 'attempts left, or retried with force,');
  }
  if (attempts.queueings >= mostQueueings) throw refuse(`${mostQueueings} queueings`, 'fewer queueings');
  // Queued now it would be cancelled at once, and its failure could not be looked at again.
  if (attempts.totalDeadlineAt !== null && due >= attempts.totalDeadlineAt) {
    throw refuse('its total time over', 'time left');
  }
}
