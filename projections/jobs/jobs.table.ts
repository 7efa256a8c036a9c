import { Table } from '../../src/kernel/projection.js';

/** One row per job: what it is and where it stands now. Structures are JSON text. */
export type JobRow = {
  job_id: string;
  client_id: string;
  type: string;
  work_kind: string;
  queue: string;
  priority: number;
  state: string;
  outcome: string | null;
  attempt: number;
  max_attempts: number;
  payload: string | null;
  result: string | null;
  error: string | null;
  tags: string;
  callback: string | null;
  correlation_id: string | null;
  schedule_id: string | null;
  created_at: number;
  updated_at: number;
  execution_at: number | null;
  queued_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  next_retry_at: number | null;
  progress: string | null;
  revision: number;
  /** Position of its JobCreated: the order of the list. */
  created_position: bigint;
};

export const jobs = new Table<JobRow>('jobs', ['job_id'], {
  job_id: 'uuid',
  client_id: 'uuid',
  type: 'text',
  work_kind: 'text',
  queue: 'text',
  priority: 'smallint',
  state: 'text',
  outcome: 'text',
  attempt: 'integer',
  max_attempts: 'integer',
  payload: 'text',
  result: 'text',
  error: 'text',
  tags: 'text',
  callback: 'text',
  correlation_id: 'text',
  schedule_id: 'uuid',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  execution_at: 'timestamptz',
  queued_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  next_retry_at: 'timestamptz',
  progress: 'text',
  revision: 'bigint',
  created_position: 'numeric',
});
