import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type DomainEvent } from '../../kernel/message.js';
import { type SchemaStep } from '../../kernel/stored-shape.js';

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

export const jobEventTypes = [
  'JobCreated',
  'JobQueued',
  'JobAssigned',
  'JobStarted',
  'JobProgressed',
  'JobSucceeded',
  'JobFailed',
  'JobRetryScheduled',
  'JobRetriesExhausted',
  'JobCanceled',
  'JobErased',
] as const satisfies readonly JobEvent['type'][];

export const jobStates = ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;

export const jobOutcomes = ['SUCCESS', 'FAILED', 'CANCELED'] as const;
export const jobTypes = ['EXECUTE', 'DEFERRED', 'EMIT_EVENT'] as const;
export const queuedReasons = ['submitted', 'due', 'retry', 'lease_expired', 'released'] as const;
export const failedReasons = ['error', 'timeout', 'worker_lost', 'definition_missing', 'interrupted'] as const;
export const exhaustedReasons = ['attempts_used_up', 'worker_lost', 'requeue_limit'] as const;

export type JobState = (typeof jobStates)[number];
export type JobOutcome = (typeof jobOutcomes)[number];
export type JobType = (typeof jobTypes)[number];
type QueuedReason = (typeof queuedReasons)[number];
export type FailedReason = (typeof failedReasons)[number];
export type ExhaustedReason = (typeof exhaustedReasons)[number];

/** `requested`: by a client, or by a schedule for a later occurrence. The others are the engine's own doing. */
export const canceledReasons = ['requested', 'queue_timeout', 'total_timeout', 'requeue_limit'] as const;

export type CanceledReason = (typeof canceledReasons)[number];

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

export type JobError = Readonly<{
  code: string | null;
  message: string;
  /** Where it happened, in the words of the worker that ran it; absent where it said nothing. */
  stack?: string;
}>;

/** What every event of a job says, so that no reader has to look another event up to know whose it is. */
type OfJob = Readonly<{ jobId: string; clientId: string }>;

/** One attempt as its last event records it: a reader of the end needs no earlier event. */
export type AttemptFacts = Readonly<{
  attempt: number;
  queue: string;
  workKind: string;
  scheduleId: string | null;
  /** Null when it ended before it was leased. */
  leaseId: string | null;
  workerId: string | null;
  /** The queueing that led here: the last one of the attempt. */
  queuedAt: Instant;
  assignedAt: Instant | null;
  startedAt: Instant | null;
}>;

/** What a submit asks for. */
export type JobDefinition = Readonly<{
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
}>;

/**
 * What each change of the definition's shape means for those that are stored, in events and in schedules. A member that is
 * added is given here to those of before.
 */
export const definitionSteps: readonly SchemaStep[] = [];

export type JobCreated = DomainEvent<
  'JobCreated',
  OfJob &
    JobDefinition & {
      idempotencyKey: string | null;
      /**
       * SHA-256 of the request and its rule's version: distinguishes a repeat from another request under the same key.
       */
      fingerprint: string;
      createdAt: Instant;
    }
>;

export type JobQueued = DomainEvent<
  'JobQueued',
  OfJob & {
    attempt: number;
    reason: QueuedReason;
    /** Why it was asked for, in the words of the caller that retried or released it. */
    note: string | null;
    queue: string;
    priority: number;
    workKind: string;
    scheduleId: string | null;
    queuedAt: Instant;
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
    assignedAt: Instant;
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
    startedAt: Instant;
    /** The lease ends here unless a heartbeat moves it; never after `deadlineAt`. */
    expiresAt: Instant;
    /** The attempt's execution timeout. */
    deadlineAt: Instant;
  }
>;

/** How far a run is, as its worker says. */
export type JobProgress = Readonly<{ percent: number | null; message: string | null }>;

export type JobProgressed = DomainEvent<
  'JobProgressed',
  OfJob & JobProgress & { attempt: number; leaseId: string; reportedAt: Instant }
>;

export type JobSucceeded = DomainEvent<
  'JobSucceeded',
  OfJob & AttemptFacts & { result: JsonText | null; finishedAt: Instant }
>;

export type JobFailed = DomainEvent<
  'JobFailed',
  OfJob &
    AttemptFacts & {
      reason: FailedReason;
      retryable: boolean;
      /** Whether it counts against `maxAttempts`; an interruption does not, unless too many come in a row. */
      charged: boolean;
      error: JobError;
      /** False when no retry follows, so that the failure is the job's outcome. */
      willRetry: boolean;
      finishedAt: Instant;
    }
>;

/** A retry is pending; `attempt` is the number the retry will carry. */
export type JobRetryScheduled = DomainEvent<'JobRetryScheduled', OfJob & { attempt: number; retryAt: Instant }>;

export type JobRetriesExhausted = DomainEvent<
  'JobRetriesExhausted',
  OfJob & { attempt: number; reason: ExhaustedReason }
>;

/** `facts` is null when it was never queued. */
export type JobCanceled = DomainEvent<
  'JobCanceled',
  OfJob & {
    reason: CanceledReason;
    /** Why it was asked for, in the words of the one who asked. */
    note: string | null;
    facts: AttemptFacts | null;
    queue: string;
    workKind: string;
    scheduleId: string | null;
    finishedAt: Instant;
  }
>;

/** Payload, result and history are gone; only the tombstone is left. */
type JobErased = DomainEvent<'JobErased', OfJob & { outcome: JobOutcome }>;

const stateOfOutcome = { SUCCESS: 'SUCCEEDED', FAILED: 'FAILED', CANCELED: 'CANCELED' } as const;

/** The state an event found its job in, `null` before the first. The event alone shows it. */
export function prevStateOf({ type, data }: JobEvent): JobState | null {
  switch (type) {
    case 'JobCreated':
      return null;
    case 'JobQueued':
      if (data.reason === 'retry') return 'FAILED';
      return data.reason === 'submitted' || data.reason === 'due' ? 'CREATED' : 'ASSIGNED';
    case 'JobAssigned':
      return 'QUEUED';
    case 'JobStarted':
      return 'ASSIGNED';
    case 'JobProgressed':
    case 'JobSucceeded':
    case 'JobFailed':
      return 'RUNNING';
    case 'JobRetryScheduled':
    case 'JobRetriesExhausted':
      return 'FAILED';
    case 'JobCanceled':
      if (data.facts === null) return 'CREATED';
      if (data.facts.assignedAt === null) return 'QUEUED';
      return data.facts.startedAt === null ? 'ASSIGNED' : 'RUNNING';
    case 'JobErased':
      return stateOfOutcome[data.outcome];
    default:
      return exhaustive(type);
  }
}

/** The state an event leaves its job in. Erasing takes a job's history away, not its last state. */
export function nextStateOf({ type, data }: JobEvent): JobState {
  switch (type) {
    case 'JobCreated':
      return 'CREATED';
    case 'JobQueued':
      return 'QUEUED';
    case 'JobAssigned':
      return 'ASSIGNED';
    case 'JobStarted':
    case 'JobProgressed':
      return 'RUNNING';
    case 'JobSucceeded':
      return 'SUCCEEDED';
    case 'JobFailed':
    case 'JobRetryScheduled':
    case 'JobRetriesExhausted':
      return 'FAILED';
    case 'JobCanceled':
      return 'CANCELED';
    case 'JobErased':
      return stateOfOutcome[data.outcome];
    default:
      return exhaustive(type);
  }
}

/** The attempt an event is about, `null` where there is none. A scheduled retry is about the attempt it will make. */
export function attemptOf({ type, data }: JobEvent): number | null {
  switch (type) {
    case 'JobCreated':
    case 'JobErased':
      return null;
    case 'JobCanceled':
      return data.facts?.attempt ?? null;
    default:
      return data.attempt;
  }
}
