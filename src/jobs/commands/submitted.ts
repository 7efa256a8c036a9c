import { type Decided } from '../../engine/commands/streams.js';
import { type JobEvent } from '../domain/job.events.js';
import { type Submitted } from '../domain/job.outcomes.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { isExisting, type Job } from '../domain/job.state.js';

export function submittedFrom(jobId: string, { state: job, events, position }: Decided<Job, JobEvent>): Submitted {
  // Its key still stands for it, but there is nothing left to answer with.
  if (!isExisting(job)) throw new JobNotFound(jobId);
  const { executionAt, createdAt } = job.definition;
  const state = executionAt === null ? 'QUEUED' : 'CREATED';
  return { jobId, state, createdAt, isReplay: events.length === 0, position };
}
