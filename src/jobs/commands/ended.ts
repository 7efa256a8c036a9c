import { type Decided } from '../../engine/commands/streams.js';
import { type JobEvent } from '../domain/job.events.js';
import { type Ended } from '../domain/job.outcomes.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { isExisting, type Job } from '../domain/job.state.js';

export function endedFrom(jobId: string, { state: job, position }: Decided<Job, JobEvent>): Ended {
  if (!isExisting(job)) throw new JobNotFound(jobId);
  const attempts = job.state === 'CREATED' ? null : job.attempts;
  return {
    jobId,
    state: job.state,
    attempt: attempts?.number ?? 0,
    retryAt: job.state === 'FAILED' ? (job.pendingRetry?.retryAt ?? null) : null,
    updatedAt: job.updatedAt,
    position,
  };
}
