import { type Instant } from '../../kernel/instant.js';
import { type Fault, Refusal } from '../../kernel/refusal.js';
import { type JobState } from './job.events.js';

export class JobNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_JOB_NOT_FOUND';
  constructor(jobId: string) {
    super(`No job has the id ${jobId}.`);
  }
}

/** What a job will be is not known. */
export class AsOfLiesAhead extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_REQUEST_MALFORMED';
  override readonly faults: readonly Fault[] = [{ pointer: '/as_of', detail: 'lies ahead' }];
  constructor() {
    super('The job is asked for as of a moment that has not come.');
  }
}

/** No lease of this client has the id; another client's answers exactly as one that never was. */
export class LeaseNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_LEASE_NOT_FOUND';
  constructor(leaseId: string) {
    super(`No lease has the id ${leaseId}.`);
  }
}

/** The state that a job is in does not allow it. */
export class JobConflict extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_CONFLICT';
  constructor(jobId: string, state: JobState, allowed: JobState) {
    super(`Job ${jobId} is ${state}; only a job that is ${allowed} allows this.`);
  }
}

/** What keeps a failed job from being queued again. */
type RetryObstacle = 'attempts_used_up' | 'queueings_used_up' | 'total_time_over';

const obstacles: Readonly<Record<RetryObstacle, string>> = {
  attempts_used_up: 'its attempts used up; a retry with force gives it another',
  queueings_used_up: 'its queueings used up; it has been queued as often as any job may be',
  total_time_over: 'its total time over; queued again it would be cancelled at once',
};

export class JobNotRetryable extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_CONFLICT';
  constructor(
    jobId: string,
    readonly obstacle: RetryObstacle,
  ) {
    super(`Job ${jobId} is FAILED with ${obstacles[obstacle]}.`);
  }
}

/** It is QUEUED again, and for another attempt than the one that was meant. */
export class AttemptOver extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_CONFLICT';
  constructor(jobId: string, attempt: number) {
    super(`Attempt ${attempt} of job ${jobId} is over, and it is queued for another.`);
  }
}

const untimely = { not_due: 'and not due yet', past_deadline: 'past its deadline' } as const;

/** A job that is QUEUED and stays so: only the time at which it may run has not come, or is over. */
export class JobUntimely extends Refusal {
  readonly kind = 'untimely';
  readonly code = 'RFA_JOB_CONFLICT';
  constructor(
    jobId: string,
    why: keyof typeof untimely,
    override readonly until: Instant | null,
  ) {
    super(`Job ${jobId} is QUEUED ${untimely[why]}.`);
  }
}

export class LeaseLost extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_JOB_LEASE_LOST';
  constructor(jobId: string, leaseId: string) {
    super(`Lease ${leaseId} no longer holds job ${jobId}.`);
  }
}

/** An idempotency key was used again for something else, or for a job that has been deleted since. */
export class IdempotencyConflict extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_EXEC_IDEMPOTENCY_CONFLICT';
  constructor(jobId: string) {
    super(`The idempotency key already belongs to job ${jobId}, which came from a different request or was deleted.`);
  }
}

export class ReportNotReady extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_JOB_REPORT_NOT_READY';
  constructor(jobId: string) {
    super(`Job ${jobId} has not finished yet, so it has no report.`);
  }
}

/** There is no room for another job: in its queue, or in the engine. */
export class QueueFull extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_EXEC_QUEUE_FULL';
  override readonly retryAfterMs = 2_000;
}

/** There was no room when jobs were counted last, and they cannot be counted now. */
export class RoomUnknown extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 2_000;
  constructor() {
    super('Whether there is room for another job cannot be told now. Send the same request again.');
  }
}
