import type pg from 'pg';
import { type Instant } from '../kernel/instant.js';

/** Reads since when the longest waiting of the jobs that come first waits, where no job at all is held; else null. */
export async function unservedSince(pool: Pick<pg.Pool, 'query'>): Promise<Instant | null> {
  const { rows } = await pool.query<{ queued_at: Date | null }>(`
    select min(j.queued_at) as queued_at
    from (
      select client_id, queue, work_kind from forgerun_read.queue_counts l where queued > 0
        and not exists (select from forgerun_read.queue_pauses p where p.client_id = l.client_id and p.queue = l.queue)
      limit 200
    ) l
    cross join lateral (
      select job_id from forgerun_read.ready_jobs r
      where r.client_id = l.client_id and r.queue = l.queue and r.work_kind = l.work_kind limit 1
    ) first
    join forgerun_read.jobs j on j.job_id = first.job_id
    where not exists (select from forgerun_read.queue_counts where assigned + running > 0)`);
  return rows[0]?.queued_at?.getTime() ?? null;
}
