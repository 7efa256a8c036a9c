import {
  bytewise,
  counter,
  integer,
  orNull,
  position,
  type RowOf,
  smallint,
  Table,
  timestamptz,
  uuid,
} from '../../src/kernel/table.js';

/** One row per runnable job, narrow, gone as soon as it is leased. */
export const readyJobs = new Table(
  'ready_jobs',
  ['job_id'],
  {
    job_id: uuid,
    client_id: uuid,
    queue: bytewise(),
    work_kind: bytewise(),
    priority: smallint,
    position,
    attempt: integer,
  },
  {
    // A job that was put back because it came too early waits until then.
    ownersColumns: { not_before: orNull(timestamptz) },
    indexes: { ready_jobs_by_lane: { on: ['client_id', 'queue', 'work_kind', 'priority', 'position'] } },
    // A claim deletes what it leases before the lease is seen here.
    isContended: true,
  },
);

/** How many jobs of one client, queue and work kind are in each live state: what a claim looks at first. */
export const queueCounts = new Table('queue_counts', ['client_id', 'queue', 'work_kind'], {
  client_id: uuid,
  queue: bytewise(),
  work_kind: bytewise(),
  created: counter,
  queued: counter,
  assigned: counter,
  running: counter,
});

export type QueueCountsRow = RowOf<typeof queueCounts>;
