import type pg from 'pg';
import { checkpointOf, hasReached } from '../engine/followers/checkpoint.sql.js';
import { readyChannel, type ReadyJob } from './ready-jobs.js';

/** A step through a table: what it found, and where the next one begins; null after the last. */
interface Step<Found> {
  readonly found: readonly Found[];
  readonly next: string | null;
}

export interface SuspectRow {
  readonly jobId: string;
  readonly position: string;
}

/**
 * Rows of jobs that the model of jobs, where it has come as far as the row, has in another state. `most` rows are compared.
 */
export async function rowsInDoubt(pool: pg.Pool, after: string | null, most: number): Promise<Step<SuspectRow>> {
  const { rows } = await pool.query<{ last: string | null; walked: number; ids: string[]; positions: string[] }>({
    name: 'ready-rows-in-doubt',
    text: `
      with walked as (
        select job_id, position from forgerun_read.ready_jobs
        where $1::uuid is null or job_id > $1 order by job_id limit $2
      ), doubted as (
        select w.job_id, w.position from walked w left join forgerun_read.jobs j on j.job_id = w.job_id
        where j.state is distinct from 'QUEUED'
          and w.position <= ${checkpointOf('jobs')}
      )
      select (select job_id from walked order by job_id desc limit 1) as last,
        (select count(*)::int from walked) as walked,
        array(select job_id from doubted order by job_id) as ids,
        array(select position::text from doubted order by job_id) as positions`,
    values: [after, most],
  });
  const row = rows[0];
  if (row === undefined) return { found: [], next: null };
  const found = row.ids.map((jobId, place) => ({ jobId, position: row.positions[place] ?? '' }));
  return { found, next: row.walked < most ? null : row.last };
}

export async function clientsWithQueuedJobs(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ client_id: string }>({
    name: 'clients-with-queued-jobs',
    text: 'select distinct client_id from forgerun_read.queue_counts where queued > 0 order by client_id',
  });
  return rows.map(({ client_id }) => client_id);
}

/** Of a kind in a queue; where more wait they are not counted, and it is taken for one that lacks rows. */
const maxCounted = 100_000;

/** Whether more of a client's jobs are queued, by the counts of the same projection, than there are rows. */
export async function lacksRows(pool: pg.Pool, clientId: string): Promise<boolean> {
  const { rows } = await pool.query<{ lacks: boolean }>({
    name: 'client-lacks-ready-rows',
    text: `
      select exists (
        select from forgerun_read.queue_counts l
        where l.client_id = $1 and l.queued > 0 and (l.queued > ${maxCounted} or l.queued > (
          select count(*) from (
            select from forgerun_read.ready_jobs r
            where r.client_id = l.client_id and r.queue = l.queue and r.work_kind = l.work_kind
            limit ${maxCounted}
          ) there
        ))
      ) as lacks`,
    values: [clientId],
  });
  return rows[0]?.lacks === true;
}

/** Jobs of a client that the model of jobs has as QUEUED for a while, and that have no row. `most` jobs are looked at. */
export async function jobsInDoubt(
  pool: pg.Pool,
  clientId: string,
  before: string | null,
  most: number,
  minAgeMs: number,
): Promise<Step<string>> {
  const { rows } = await pool.query<{ last: string | null; walked: number; ids: string[] }>({
    name: 'queued-jobs-without-ready-row',
    text: `
      with walked as (
        select job_id, created_position, state, updated_at from forgerun_read.jobs
        where client_id = $1 and ($2::numeric is null or created_position < $2)
        order by created_position desc limit $3
      )
      select (select created_position::text from walked order by created_position limit 1) as last,
        (select count(*)::int from walked) as walked,
        array(
          select job_id from walked w
          where state = 'QUEUED' and updated_at <= clock_timestamp() - $4 * interval '1 millisecond'
            and not exists (select from forgerun_read.ready_jobs r where r.job_id = w.job_id)
        ) as ids`,
    values: [clientId, before, most, minAgeMs],
  });
  const row = rows[0];
  if (row === undefined) return { found: [], next: null };
  return { found: row.ids, next: row.walked < most ? null : row.last };
}

/** Only once the projection has seen the event that made it ready: until then the row is merely on its way. */
export async function addRow(pool: pg.Pool, job: ReadyJob): Promise<boolean> {
  const { jobId, clientId, queue, workKind, priority, position, attempt } = job;
  const added = await pool.query({
    name: 'mend-missing-ready-row',
    text: `
      with added as (
        insert into forgerun_read.ready_jobs (job_id, client_id, queue, work_kind, priority, position, attempt)
        select $1::uuid, $2::uuid, $3, $4, $5, $6, $7
        where ${hasReached('dispatch', '$6')}
        on conflict (job_id) do nothing
        returning job_id
      )
      select pg_notify('${readyChannel}', '0') from added`,
    values: [jobId, clientId, queue, workKind, priority, position, attempt],
  });
  return added.rowCount === 1;
}

/** As it was seen, and where no claim has it in hand. `leftAt`: the event that took the job elsewhere; null: unknown. */
export async function dropRow(pool: pg.Pool, { jobId, position }: SuspectRow, leftAt: string | null): Promise<boolean> {
  const dropped = await pool.query({
    name: 'mend-stale-ready-row',
    text: `
      delete from forgerun_read.ready_jobs where job_id = (
        select job_id from forgerun_read.ready_jobs
        where job_id = $1 and position = $2
          and ($3::numeric is null
            or ${hasReached('dispatch', '$3')})
        for update skip locked
      )`,
    values: [jobId, position, leftAt],
  });
  return dropped.rowCount === 1;
}
