import type { Decided } from '../../engine/commands/streams.js';
import type { Instant } from '../../kernel/instant.js';
import type { Position } from '../../kernel/recorded.js';
import type { JobEvent, JobState } from '../domain/job.events.js';
import { JobNotFound } from '../domain/job.refusals.js';
import { isKnown, type Job } from '../domain/job.state.js';

/** Where a command left its job. */
export interface Ended {
  readonly jobId: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly retryAt: Instant | null;
  readonly updatedAt: Instant;
  readonly position: Position | null;
}

export function endedFrom(jobId: string, { state: job, position }: Decided<Job, JobEvent>): Ended {
  if (!isKnown(job)) throw new JobNotFound(jobId);
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
