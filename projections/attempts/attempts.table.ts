import { Table } from '../../src/kernel/projection.js';

/** One row per attempt that ended: what reports over many jobs are made of. Written once, never changed. */
type AttemptRow = {
  job_id: string;
  attempt: number;
  client_id: string;
  work_kind: string;
  queue: string;
  schedule_id: string | null;
  worker_id: string | null;
  outcome: string;
  reason: string | null;
  /** Whether the job was over with it, unless it was retried by hand later. */
  is_final: boolean;
  queued_at: number;
  assigned_at: number | null;
  started_at: number | null;
  finished_at: number;
};

export const attempts = new Table<AttemptRow>('attempts', ['job_id', 'attempt'], {
  job_id: 'uuid',
  attempt: 'integer',
  client_id: 'uuid',
  work_kind: 'text',
  queue: 'text',
  schedule_id: 'uuid',
  worker_id: 'text',
  outcome: 'text',
  reason: 'text',
  is_final: 'boolean',
  queued_at: 'timestamptz',
  assigned_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
});
