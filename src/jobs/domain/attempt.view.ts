import { type Instant } from '../../kernel/instant.js';
import {
  type AttemptFacts,
  type CanceledReason,
  type FailedReason,
  type JobError,
  type JobEvent,
  type JobOutcome,
} from './job.events.js';

/** An attempt that is over, as the event that ended it says. */
export interface EndedAttempt {
  readonly jobId: string;
  readonly clientId: string;
  readonly attempt: number;
  readonly queue: string;
  readonly workKind: string;
  readonly scheduleId: string | null;
  readonly workerId: string | null;
  readonly outcome: JobOutcome;
  readonly reason: FailedReason | CanceledReason | null;
  /** Whether the job was over with it, unless it was retried by hand later. */
  readonly isFinal: boolean;
  /** Whether it counts as one of the job's `max_attempts`. */
  readonly isCharged: boolean;
  readonly queuedAt: Instant;
  readonly assignedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant;
  readonly error: JobError | null;
}

/** The attempt that an event ended; null where it ended none: a job cancelled before it was ever queued had no attempt. */
export function endedAttemptIn({ type, data }: JobEvent): EndedAttempt | null {
  switch (type) {
    case 'JobSucceeded':
      return { ...ended(data, data), outcome: 'SUCCESS', reason: null, isFinal: true, isCharged: true, error: null };
    case 'JobFailed': {
      const { reason, willRetry, charged: isCharged, error } = data;
      return { ...ended(data, data), outcome: 'FAILED', reason, isFinal: !willRetry, isCharged, error };
    }
    case 'JobCanceled': {
      const { facts, reason } = data;
      if (facts === null) return null;
      return { ...ended(facts, data), outcome: 'CANCELED', reason, isFinal: true, isCharged: false, error: null };
    }
    default:
      return null;
  }
}

type Ended = Omit<EndedAttempt, 'outcome' | 'reason' | 'isFinal' | 'isCharged' | 'error'>;

function ended(facts: AttemptFacts, data: Pick<Ended, 'jobId' | 'clientId' | 'finishedAt'>): Ended {
  const { jobId, clientId, finishedAt } = data;
  const { attempt, queue, workKind, scheduleId, workerId, queuedAt, assignedAt, startedAt } = facts;
  return {
    ...{ jobId, clientId, attempt, queue, workKind, scheduleId, workerId },
    ...{ queuedAt, assignedAt, startedAt, finishedAt },
  };
}
