import {
  type JobError,
  type JobOutcome,
  type JobProgress,
  type JobState,
  type JobType,
} from '../../src/jobs/domain/job.events.js';
import {
  bigint,
  bytewise,
  integer,
  json,
  jsonText,
  position,
  orNull,
  type RowOf,
  smallint,
  Table,
  text,
  timestamptz,
  uuid,
  word,
} from '../../src/kernel/table.js';

/** One row per job: what it is and where it stands now. */
export const jobs = new Table(
  'jobs',
  ['job_id'],
  {
    job_id: uuid,
    client_id: uuid,
    type: word<JobType>(),
    work_kind: bytewise(),
    queue: bytewise(),
    priority: smallint,
    state: bytewise<JobState>(),
    outcome: orNull(word<JobOutcome>()),
    attempt: integer,
    max_attempts: integer,
    payload: orNull(jsonText),
    result: orNull(jsonText),
    error: orNull(json<JobError>()),
    tags: json<Readonly<Record<string, string>>>(),
    callback: orNull(text),
    correlation_id: orNull(text),
    schedule_id: orNull(uuid),
    created_at: timestamptz,
    updated_at: timestamptz,
    execution_at: orNull(timestamptz),
    queued_at: orNull(timestamptz),
    started_at: orNull(timestamptz),
    finished_at: orNull(timestamptz),
    next_retry_at: orNull(timestamptz),
    progress: orNull(json<JobProgress>()),
    revision: bigint,
    /** Position of its JobCreated: the order of the list. */
    created_position: position,
  },
  {
    indexes: {
      jobs_newest_first: { on: ['client_id', 'created_position'] },
      jobs_by_creation: { on: ['created_at'], using: 'brin' },
    },
  },
);

export type JobRow = RowOf<typeof jobs>;
