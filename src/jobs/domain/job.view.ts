import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type Recorded, type Revision } from '../../kernel/recorded.js';
import {
  type JobCreated,
  type JobError,
  type JobEvent,
  type JobOutcome,
  type JobState,
  type JobType,
  nextStateOf,
} from './job.events.js';

/** A job as its client sees it, after some number of its events. */
export interface JobView {
  readonly jobId: string;
  readonly clientId: string;
  readonly jobType: JobType;
  readonly workKind: string;
  readonly queue: string;
  readonly priority: number;
  readonly state: JobState;
  /** Null while a retry is pending, too. */
  readonly outcome: JobOutcome | null;
  /** 0 before the first queueing. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly payload: JsonText | null;
  readonly result: JsonText | null;
  /** Of the last attempt that failed; gone once one succeeds. */
  readonly error: JobError | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly callback: string | null;
  readonly correlationId: string | null;
  readonly scheduleId: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly executionAt: Instant | null;
  /** The last queueing. */
  readonly queuedAt: Instant | null;
  /** Of the current attempt. */
  readonly startedAt: Instant | null;
  /** When the outcome was reached. */
  readonly finishedAt: Instant | null;
  readonly nextRetryAt: Instant | null;
  /** Of the current attempt. */
  readonly progress: { readonly percent: number | null; readonly message: string | null } | null;
  readonly revision: Revision;
}

/** The job after these events, which are its first ones; `null` when there are none, or when it has been erased. */
export const viewOf = (events: readonly Recorded<JobEvent>[]): JobView | null => events.reduce(after, null);

function after(before: JobView | null, { event, metadata, revision }: Recorded<JobEvent>): JobView | null {
  if (event.type === 'JobErased') return null;
  const base = event.type === 'JobCreated' ? blank(event.data) : before;
  if (base === null) return null;
  return { ...base, ...changesBy(event), state: nextStateOf(event), updatedAt: metadata.at, revision };
}

function changesBy(event: Exclude<JobEvent, { type: 'JobErased' }>): Partial<JobView> {
  switch (event.type) {
    case 'JobCreated':
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

function blank(data: JobCreated['data']): JobView {
  const { jobId, clientId, jobType, workKind, queue, priority, payload, executionAt } = data;
  const { tags, callback, correlationId, scheduleId, createdAt } = data;
  return {
    jobId,
    clientId,
    jobType,
    workKind,
    queue,
    priority,
    state: 'CREATED',
    outcome: null,
    attempt: 0,
    maxAttempts: data.retry.maxAttempts,
    payload,
    result: null,
    error: null,
    tags,
    callback,
    correlationId,
    scheduleId,
    createdAt,
    updatedAt: createdAt,
    executionAt,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    nextRetryAt: null,
    progress: null,
    revision: 0,
  };
}
