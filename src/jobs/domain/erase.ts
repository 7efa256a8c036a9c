import { exhaustive } from '../../kernel/exhaustive.js';
import { type EraseJob } from './job.commands.js';
import { type JobEvent, type JobOutcome } from './job.events.js';
import { JobUnfinished } from './job.refusals.js';
import { type Job, type ExistingJob, existingJob } from './job.state.js';

export function erase({ jobId }: EraseJob, job: Job): readonly JobEvent[] {
  if (job.state === 'ERASED') return [];
  const known = existingJob(jobId, job);
  const outcome = outcomeOf(known);
  if (outcome === null) throw new JobUnfinished(jobId, known.state);
  return [{ type: 'JobErased', data: { jobId, clientId: known.definition.clientId, outcome } }];
}

/** The final outcome, `null` while anything may still happen by itself. */
export function outcomeOf(job: ExistingJob): JobOutcome | null {
  switch (job.state) {
    case 'SUCCEEDED':
      return 'SUCCESS';
    case 'CANCELED':
      return 'CANCELED';
    case 'FAILED':
      return job.pendingRetry === null ? 'FAILED' : null;
    case 'CREATED':
    case 'QUEUED':
    case 'ASSIGNED':
    case 'RUNNING':
      return null;
    default:
      return exhaustive(job);
  }
}
