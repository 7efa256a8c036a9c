import type { Decided } from '../../engine/commands/streams.js';
import type { Instant } from '../../kernel/instant.js';
import type { Position } from '../../kernel/recorded.js';
import type { JobEvent, JobState } from '../domain/job.events.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { isKnown, type Job } from '../domain/job.state.js';

/** The answer to a submit; the same for every repeat of it, whatever became of the job since. */
export interface Submitted {
  readonly jobId: string;
  readonly state: JobState;
  readonly createdAt: Instant;
  /** It had been submitted before. */
  readonly isReplay: boolean;
  readonly position: Position | null;
}

export function submittedFrom(jobId: string, { state: job, events, position }: Decided<Job, JobEvent>): Submitted {
  // Its key still stands for it, but there is nothing left to answer with.
  if (!isKnown(job)) throw new JobNotFound(jobId);
  const { executionAt, createdAt } = job.definition;
  const state = executionAt === null ? 'QUEUED' : 'CREATED';
  return { jobId, state, createdAt, isReplay: events.length === 0, position };
}
