import { type Instant } from '../../kernel/instant.js';
import { type QueueDueJob, type SubmitJob } from './job.commands.js';
import { evolve } from './job.evolve.js';
import { type JobCreated, type JobEvent } from './job.events.js';
import { IdempotencyConflict } from './job.refusals.js';
import { type Job } from './job.state.js';
import { queuedFirst } from './queueing.js';

/** The limits of `executionAt` are checked by the API; here it only has to be waited for. */
export function submit(command: SubmitJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const { jobId, clientId, definition, idempotencyKey, fingerprint, formerFingerprints } = command;
  if (job.state !== 'NONE') {
    // A deleted job's key is not free: an old request sent again must not bring the job back.
    if (job.state === 'ERASED') throw new IdempotencyConflict(jobId);
    const { fingerprint: stored } = job.definition;
    if (stored !== fingerprint && !formerFingerprints.includes(stored)) throw new IdempotencyConflict(jobId);
    return [];
  }
  const asked: JobCreated = {
    type: 'JobCreated',
    data: { jobId, clientId, ...definition, idempotencyKey, fingerprint, createdAt: at },
  };
  if (definition.jobType === 'DEFERRED') return [asked];
  return [asked, queuedFirst(evolve(job, asked), 'submitted', at, due)];
}

/** Queues a job that is due. Too early it decides nothing: by `executionAt` the timer knows when to come again. */
export function queueDue(_command: QueueDueJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (job.state !== 'CREATED') return [];
  const { executionAt } = job.definition;
  return executionAt !== null && due < executionAt ? [] : [queuedFirst(job, 'due', at, due)];
}
