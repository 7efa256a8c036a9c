import { RawJson } from '../../platform/http/json/raw-json.js';
import { type JobView } from '../domain/job.view.js';

/** A job as the wire shows it. */
export interface JobAnswer {
  readonly job_id: string;
  readonly client_id: string;
  readonly type: string;
  readonly work_kind: string;
  readonly queue: string;
  readonly priority: number;
  readonly state: string;
  readonly outcome: string | null;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly payload: RawJson | null;
  readonly result: RawJson | null;
  readonly error: unknown;
  readonly tags: unknown;
  readonly callback: string | null;
  readonly correlation_id: string | null;
  readonly schedule_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly execution_at: string | null;
  readonly queued_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly next_retry_at: string | null;
  readonly progress: unknown;
  readonly revision: number;
}

/** A row of `forgerun_read.jobs` as pg gives it. */
export interface JobRecord {
  readonly job_id: string;
  readonly client_id: string;
  readonly type: string;
  readonly work_kind: string;
  readonly queue: string;
  readonly priority: number;
  readonly state: string;
  readonly outcome: string | null;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly payload: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly tags: string;
  readonly callback: string | null;
  readonly correlation_id: string | null;
  readonly schedule_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly execution_at: Date | null;
  readonly queued_at: Date | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly next_retry_at: Date | null;
  readonly progress: string | null;
  readonly revision: string;
  readonly created_position: string;
}

export function answerFromRecord(row: JobRecord): JobAnswer {
  return {
    job_id: row.job_id,
    client_id: row.client_id,
    type: row.type,
    work_kind: row.work_kind,
    queue: row.queue,
    priority: row.priority,
    state: row.state,
    outcome: row.outcome,
    attempt: row.attempt,
    max_attempts: row.max_attempts,
    payload: raw(row.payload),
    result: raw(row.result),
    error: parsed(row.error),
    tags: parsed(row.tags),
    callback: row.callback,
    correlation_id: row.correlation_id,
    schedule_id: row.schedule_id,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    execution_at: row.execution_at?.toISOString() ?? null,
    queued_at: row.queued_at?.toISOString() ?? null,
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
    next_retry_at: row.next_retry_at?.toISOString() ?? null,
    progress: parsed(row.progress),
    revision: Number(row.revision),
  };
}

export function answerFromView(job: JobView): JobAnswer {
  return {
    job_id: job.jobId,
    client_id: job.clientId,
    type: job.jobType,
    work_kind: job.workKind,
    queue: job.queue,
    priority: job.priority,
    state: job.state,
    outcome: job.outcome,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    payload: raw(job.payload),
    result: raw(job.result),
    error: job.error,
    tags: job.tags,
    callback: job.callback,
    correlation_id: job.correlationId,
    schedule_id: job.scheduleId,
    created_at: isoOf(job.createdAt),
    updated_at: isoOf(job.updatedAt),
    execution_at: isoOrNull(job.executionAt),
    queued_at: isoOrNull(job.queuedAt),
    started_at: isoOrNull(job.startedAt),
    finished_at: isoOrNull(job.finishedAt),
    next_retry_at: isoOrNull(job.nextRetryAt),
    progress: job.progress,
    revision: job.revision,
  };
}

export const isoOf = (instant: number): string => new Date(instant).toISOString();
export const isoOrNull = (instant: number | null): string | null => (instant === null ? null : isoOf(instant));

const raw = (text: string | null): RawJson | null => (text === null ? null : RawJson.of(text));
const parsed = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown));
