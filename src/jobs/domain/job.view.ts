import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type Recorded, type Revision } from '../../kernel/recorded.js';
import {
  type JobCreated,
  type JobDefinition,
  type JobError,
  type JobEvent,
  type JobOutcome,
  type JobProgress,
  type JobState,
  type JobType,
  nextStateOf,
} from './job.events.js';

/** What a job shows of its definition, all but how it is repeated and timed. */
type Defined = Omit<JobDefinition, 'jobType' | 'retry' | 'timeouts'>;

/** A job as its client sees it, after some number of its events: what the read model holds, and what it was at any time. */
export interface JobView extends Defined {
  readonly jobId: string;
  readonly clientId: string;
  readonly type: JobType;
  readonly state: JobState;
  /** Null while a retry is pending, too. */
  readonly outcome: JobOutcome | null;
  /** 0 before the first queueing. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly result: JsonText | null;
  /** Of the last attempt that failed; gone once one succeeds. */
  readonly error: JobError | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** The last queueing. */
  readonly queuedAt: Instant | null;
  /** Of the current attempt. */
  readonly startedAt: Instant | null;
  /** When the outcome was reached. */
  readonly finishedAt: Instant | null;
  readonly nextRetryAt: Instant | null;
  /** Of the current attempt. */
  readonly progress: JobProgress | null;
  readonly revision: Revision;
}

type Later = Exclude<JobEvent, { type: 'JobCreated' | 'JobErased' }>;

/** The job after these events, which are its first ones; `null` when there are none, or when it has been erased. */
export const viewOf = (events: readonly Recorded<JobEvent>[]): JobView | null => events.reduce(after, null);

function after(before: JobView | null, recorded: Recorded<JobEvent>): JobView | null {
  const { event } = recorded;
  switch (event.type) {
    case 'JobCreated':
      return created(event, recorded);
    case 'JobErased':
      return null;
    default:
      return before === null ? null : { ...before, ...changesBy(event, recorded) };
  }
}

type Moment = Pick<Recorded, 'metadata' | 'revision'>;

/** The job as its first event makes it. */
export function created({ data }: JobCreated, { metadata, revision }: Moment): JobView {
  const { jobType, retry, timeouts, idempotencyKey, fingerprint, ...shown } = data;
  return {
    ...shown,
    type: jobType,
    state: 'CREATED',
    outcome: null,
    attempt: 0,
    maxAttempts: retry.maxAttempts,
    result: null,
    error: null,
    updatedAt: metadata.at,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    nextRetryAt: null,
    progress: null,
    revision,
  };
}

/** What a later event changes. */
export const changesBy = (event: Later, { metadata, revision }: Moment): Partial<JobView> => ({
  ...ownChanges(event),
  state: nextStateOf(event),
  updatedAt: metadata.at,
  revision,
});

function ownChanges(event: Later): Partial<JobView> {
  switch (event.type) {
    case 'JobAssigned':
    case 'JobRetriesExhausted':
      return {};
    case 'JobQueued': {
      const { attempt, queuedAt } = event.data;
      return { attempt, queuedAt, startedAt: null, finishedAt: null, nextRetryAt: null, progress: null, outcome: null };
    }
    case 'JobStarted':
      return { startedAt: event.data.startedAt };
    case 'JobProgressed': {
      const { percent, message } = event.data;
      return { progress: { percent, message } };
    }
    case 'JobSucceeded': {
      const { result, finishedAt } = event.data;
      return { outcome: 'SUCCESS', result, error: null, finishedAt };
    }
    case 'JobFailed': {
      const { error, willRetry, finishedAt } = event.data;
      return willRetry ? { error } : { error, outcome: 'FAILED', finishedAt };
    }
    case 'JobRetryScheduled':
      return { nextRetryAt: event.data.retryAt };
    case 'JobCanceled':
      return { outcome: 'CANCELED', finishedAt: event.data.finishedAt };
    default:
      return exhaustive(event);
  }
}
