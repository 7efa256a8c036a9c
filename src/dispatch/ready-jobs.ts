import type pg from 'pg';
import { kindsBarredFor, type LeaseFilter } from './lease-filter.js';
import { inOrder, inShares } from './take-ready-jobs.sql.js';

export interface ReadyJob {
  readonly jobId: string;
  readonly clientId: string;
  readonly queue: string;
  readonly workKind: string;
  readonly priority: number;
  readonly position: string;
  readonly attempt: number;
}

type ReadyRow = [
  job_id: string,
  client_id: string,
  queue: string,
  work_kind: string,
  priority: number,
  position: string,
  attempt: number,
];

/**
 * Takes the first ready jobs out of the table, by priority and then position. Rows another claim holds are passed over,
 * and those of a limited queue unless the grant has a slot for them; null: it has none. Where clients share slots, the
 * client that holds fewest comes first, or waits longest, then priority and position; none gets more than its share, of
 * jobs that can take long nor of all.
 * The rows are gone once the transaction commits and back at once if it does not, however it ended.
 */
export async function takeReadyJobs(
  client: pg.ClientBase,
  filter: LeaseFilter,
  most: number,
  grantId: string | null,
): Promise<readonly ReadyJob[]> {
  const bounds = filter.slots?.bounds;
  const { rows } = await client.query<ReadyRow>({
    ...(bounds === undefined ? inOrder(grantId !== null) : inShares(grantId !== null)),
    values: [
      ...[filter.clientId, filter.queues, filter.workKinds, most, kindsBarredFor(filter)],
      ...(bounds === undefined
        ? []
        : [
            ...[bounds.clients, bounds.held, bounds.allowed, bounds.allowedLong, bounds.turns],
            ...[bounds.allowedOthers, bounds.allowedLongOthers, bounds.soonOver],
            Math.floor(Math.random() * 2 ** 31),
          ]),
      ...(grantId === null ? [] : [grantId]),
    ],
    rowMode: 'array',
  });
  return rows.map(readyJob).sort(byPriorityThenPosition);
}

/** A job that goes back into the table as it was, and how long no claim is to look at it. */
export interface PutBack {
  readonly job: ReadyJob;
  readonly pauseMs: number;
}

/**
 * The channel on which nodes notify each other in how many milliseconds to look for a job that no projection announces.
 */
export const readyChannel = 'forgerun_ready';

/** Puts jobs back that are still QUEUED, and notifies every node when to look for them again. One statement. */
export async function putBack(client: pg.ClientBase, back: readonly PutBack[]): Promise<void> {
  if (back.length === 0) return;
  const jobs = back.map(({ job }) => job);
  await client.query({
    name: 'put-ready-jobs-back',
    text: `
      with back as (
        insert into forgerun_read.ready_jobs
          (job_id, client_id, queue, work_kind, priority, position, attempt, not_before)
        select job_id, client_id, queue, work_kind, priority, position, attempt,
          clock_timestamp() + pause_ms * interval '1 millisecond'
        from unnest(
          $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::numeric[], $7::int[], $8::int[]
        ) as given (job_id, client_id, queue, work_kind, priority, position, attempt, pause_ms)
      )
      select pg_notify('${readyChannel}', pause_ms::text) from (select distinct pause_ms from unnest($8::int[]) p (pause_ms)) d`,
    values: [
      jobs.map(({ jobId }) => jobId),
      jobs.map(({ clientId }) => clientId),
      jobs.map(({ queue }) => queue),
      jobs.map(({ workKind }) => workKind),
      jobs.map(({ priority }) => priority),
      jobs.map(({ position }) => position),
      jobs.map(({ attempt }) => attempt),
      back.map(({ pauseMs }) => pauseMs),
    ],
  });
}

const readyJob = ([jobId, clientId, queue, workKind, priority, position, attempt]: ReadyRow): ReadyJob => ({
  jobId,
  clientId,
  queue,
  workKind,
  priority,
  position,
  attempt,
});

function byPriorityThenPosition(one: ReadyJob, other: ReadyJob): number {
  if (one.priority !== other.priority) return one.priority - other.priority;
  // Whole numbers without leading zeros: of two texts of one length the smaller number is the smaller text.
  const longer = one.position.length - other.position.length;
  return longer !== 0 ? longer : one.position < other.position ? -1 : 1;
}
