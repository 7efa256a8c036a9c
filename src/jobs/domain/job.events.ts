import type { Instant } from '../../kernel/instant.js';
import type { JsonText } from '../../kernel/json-text.js';
import type { DomainEvent } from '../../kernel/message.js';

export type JobEvent =
  | JobCreated
  | JobQueued
  | JobAssigned
  | JobStarted
  | JobProgressed
  | JobSucceeded
  | JobFailed
  | JobRetryScheduled
  | JobRetriesExhausted
  | JobCanceled
  | JobErased;

export type JobType = 'EXECUTE' | 'DEFERRED' | 'EMIT_EVENT';
export type QueuedReason = 'submitted' | 'due' | 'retry' | 'lease_expired' | 'released';
export type FailedReason = 'error' | 'timeout' | 'worker_lost' | 'definition_missing' | 'interrupted';

export type RetryPolicy = Readonly<{
  maxAttempts: number;
  backoffBaseMs: number;
  backoffFactor: number;
  backoffMaxMs: number;
  jitter: 'full' | 'none';
}>;

export type JobTimeouts = Readonly<{
  /** Per attempt, from its start. */
  executionMs: number;
  /** In QUEUED, from each queueing. */
  queueMs: number | null;
  /** From the first queueing to the end. */
  totalMs: number | null;
}>;

export type JobError = Readonly<{ code: string | null; message: string }>;

/** What every event of a job says, so that no reader has to look another event up to know whose it is. */
type OfJob = Readonly<{ jobId: string; clientId: string }>;

/** One attempt as its last event tells it: a reader of the end needs no earlier event. */
export type AttemptFacts = Readonly<{
  attempt: number;
  queue: string;
  workKind: string;
  scheduleId: string | null;
  /** Null when it ended before it was leased. */
  leaseId: string | null;
  workerId: string | null;
  queuedAt: Instant;
  assignedAt: Instant | null;
  startedAt: Instant | null;
}>;

export type JobCreated = DomainEvent<
  'JobCreated',
  OfJob & {
    jobType: JobType;
    /** `EMIT_EVENT` for jobs of that type. */
    workKind: string;
    queue: string;
    priority: number;
    payload: JsonText | null;
    executionAt: Instant | null;
    retry: RetryPolicy;
    timeouts: JobTimeouts;
    tags: Readonly<Record<string, string>>;
    callback: string | null;
    correlationId: string | null;
    scheduleId: string | null;
    idempotencyKey: string | null;
    /** SHA-256 of the request, for telling a repeat from a different request under the same key. */
    fingerprint: string;
  }
>;

export type JobQueued = DomainEvent<
  'JobQueued',
  OfJob & {
    attempt: number;
    reason: QueuedReason;
    queue: string;
    priority: number;
    workKind: string;
    scheduleId: string | null;
    /** When it may wait no longer, by `queueMs` or `totalMs`, whichever is first; null where neither is set. */
    queueDeadlineAt: Instant | null;
    /** When the whole job must have ended, by `totalMs`; the same in every JobQueued of a job. */
    totalDeadlineAt: Instant | null;
  }
>;

export type JobAssigned = DomainEvent<
  'JobAssigned',
  OfJob & {
    attempt: number;
    queue: string;
    workKind: string;
    leaseId: string;
    workerId: string;
    leaseMs: number;
    /** The lease ends here unless a heartbeat moves it. */
    expiresAt: Instant;
  }
>;

export type JobStarted = DomainEvent<
  'JobStarted',
  OfJob & {
    attempt: number;
    queue: string;
    workKind: string;
    leaseId: string;
    workerId: string;
    leaseMs: number;
    /** The lease ends here unless a heartbeat moves it; never after `deadlineAt`. */
    expiresAt: Instant;
    /** The attempt's execution timeout. */
    deadlineAt: Instant;
  }
>;

export type JobProgressed = DomainEvent<
  'JobProgressed',
  OfJob & { attempt: number; leaseId: string; percent: number | null; message: string | null }
>;

export type JobSucceeded = DomainEvent<'JobSucceeded', OfJob & AttemptFacts & { result: JsonText | null }>;

export type JobFailed = DomainEvent<
  'JobFailed',
  OfJob &
    AttemptFacts & {
      reason: FailedReason;
      retryable: boolean;
      error: JobError;
      /** False when no retry follows, so that the failure is the job's outcome. */
      willRetry: boolean;
    }
>;

/** A retry is pending; `attempt` is the number the retry will carry. */
export type JobRetryScheduled = DomainEvent<'JobRetryScheduled', OfJob & { attempt: number; retryAt: Instant }>;

export type JobRetriesExhausted = DomainEvent<
  'JobRetriesExhausted',
  OfJob & { attempt: number; reason: 'attempts_used_up' | 'worker_lost' }
>;

/** `attempt` is 0 and `queuedAt` null in `facts` terms when it was never queued: then `facts` is null. */
export type JobCanceled = DomainEvent<
  'JobCanceled',
  OfJob & { reason: string; facts: AttemptFacts | null; queue: string; workKind: string }
>;

/** Payload, result and history are gone; only the tombstone is left. */
export type JobErased = DomainEvent<'JobErased', OfJob & { outcome: 'SUCCESS' | 'FAILED' | 'CANCELED' }>;
