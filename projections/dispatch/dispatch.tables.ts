import { Table } from '../../src/kernel/projection.js';

/** One row per runnable job, narrow, gone as soon as it is leased. */
type ReadyJobRow = {
  job_id: string;
  client_id: string;
  queue: string;
  work_kind: string;
  priority: number;
  position: bigint;
  attempt: number;
};

export const readyJobs = new Table<ReadyJobRow>(
  'ready_jobs',
  ['job_id'],
  {
    job_id: 'uuid',
    client_id: 'uuid',
    queue: 'text',
    work_kind: 'text',
    priority: 'smallint',
    position: 'numeric',
    attempt: 'integer',
  },
  // A claim deletes what it leases before the lease is seen here.
  true,
);

/** How many jobs of one client, queue and work kind are in each live state: what a claim looks at first. */
export type QueueCountsRow = {
  client_id: string;
  queue: string;
  work_kind: string;
  created: number;
  queued: number;
  assigned: number;
  running: number;
};

export const queueCounts = new Table<QueueCountsRow>('queue_counts', ['client_id', 'queue', 'work_kind'], {
  client_id: 'uuid',
  queue: 'text',
  work_kind: 'text',
  created: 'bigint',
  queued: 'bigint',
  assigned: 'bigint',
  running: 'bigint',
});
