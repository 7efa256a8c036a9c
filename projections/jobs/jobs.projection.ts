import { type JobCreated, type JobEvent, jobEventTypes } from '../../src/jobs/domain/job.events.js';
import { type Projection, type RowChange } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type JobRow, jobs } from './jobs.table.js';

/** One row per job: what `GET /v1/jobs` and `GET /v1/jobs/{job_id}` answer. */
export const jobsProjection: Projection<JobEvent> = {
  name: 'jobs',
  version: 1,
  categories: ['job'],
  types: jobEventTypes,
  tables: [jobs],
  lingerMs: 400,
  apply(recorded: Recorded<JobEvent>): readonly RowChange[] {
    const { event, revision, metadata } = recorded;
    if (event.type === 'JobCreated') return [jobs.insert(created(event.data, recorded))];
    if (event.type === 'JobErased') return [jobs.delete({ job_id: event.data.jobId })];
    return [
      jobs.update({ job_id: event.data.jobId }, { ...changes(event, metadata.at), updated_at: metadata.at, revision }),
    ];
  },
};

function created(data: JobCreated['data'], { metadata, revision, position }: Recorded): JobRow {
  return {
    job_id: data.jobId,
    client_id: data.clientId,
    type: data.jobType,
    work_kind: data.workKind,
    queue: data.queue,
    priority: data.priority,
    state: 'CREATED',
    outcome: null,
    attempt: 0,
    max_attempts: data.retry.maxAttempts,
    payload: data.payload,
    result: null,
    error: null,
    tags: JSON.stringify(data.tags),
    callback: data.callback,
    correlation_id: data.correlationId,
    schedule_id: data.scheduleId,
    created_at: metadata.at,
    updated_at: metadata.at,
    execution_at: data.executionAt,
    queued_at: null,
    started_at: null,
    finished_at: null,
    next_retry_at: null,
    progress: null,
    revision,
    created_position: position,
  };
}

function changes(event: Exclude<JobEvent, { type: 'JobCreated' | 'JobErased' }>, at: number): Partial<JobRow> {
  switch (event.type) {
    case 'JobQueued':
      return {
        state: 'QUEUED',
        outcome: null,
        attempt: event.data.attempt,
        queued_at: at,
        started_at: null,
        finished_at: null,
        next_retry_at: null,
        progress: null,
      };
    case 'JobAssigned':
      return { state: 'ASSIGNED' };
    case 'JobStarted':
      return { state: 'RUNNING', started_at: at };
    case 'JobProgressed':
      return { progress: JSON.stringify({ percent: event.data.percent, message: event.data.message }) };
    case 'JobSucceeded':
      return { state: 'SUCCEEDED', outcome: 'SUCCESS', result: event.data.result, error: null, finished_at: at };
    case 'JobFailed':
      return {
        state: 'FAILED',
        error: JSON.stringify(event.data.error),
        ...(event.data.willRetry ? {} : { outcome: 'FAILED', finished_at: at }),
      };
    case 'JobRetryScheduled':
      return { next_retry_at: event.data.retryAt };
    case 'JobRetriesExhausted':
      return {};
    case 'JobCanceled':
      return { state: 'CANCELED', outcome: 'CANCELED', finished_at: at };
  }
}
