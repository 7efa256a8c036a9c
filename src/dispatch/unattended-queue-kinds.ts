import type pg from 'pg';
import { type Instant } from '../kernel/instant.js';
import { askedTables, isAsked, pollWindowMs, type QueueKind } from './polled-queue-kinds.js';

/** Jobs that wait, though their queue flows, for longer than a worker takes to ask, and no worker asks for their kind. */
export interface UnattendedQueueKind extends QueueKind {
  readonly waitingSince: Instant;
}

/** Of every client as many before any more of another, and as many in all. */
const maxPerClient = 100;
const maxInAll = 1_000;

/** The oldest of a kind in a queue is the first of some priority: each is one step down the index that claims use. */
export async function unattendedQueueKinds(pool: pg.Pool): Promise<readonly UnattendedQueueKind[]> {
  const { rows } = await pool.query<{ client_id: string; queue: string; work_kind: string; since: number }>({
    name: 'unattended-queue-kinds',
    text: `
      with ${askedTables}
      select u.client_id, u.queue, u.work_kind, round(extract(epoch from o.queued_at) * 1000)::float8 as since
      from (
        select * from (
          select l.client_id, l.queue, l.work_kind,
            row_number() over (partition by l.client_id order by l.queue, l.work_kind) as place
          from forgerun_read.queue_counts l
          where l.queued > 0 and l.assigned + l.running <= 0
            and not exists (
              select from forgerun_read.queue_pauses s where s.client_id = l.client_id and s.queue = l.queue
            )
            and not ${isAsked('l')}
        ) unasked
        where place <= ${maxPerClient} order by place limit ${maxInAll}
      ) u
      cross join lateral (
        select min(j.queued_at) as queued_at
        from generate_series(0, 9) as priorities (priority)
        cross join lateral (
          select job_id from forgerun_read.ready_jobs r
          where r.client_id = u.client_id and r.queue = u.queue and r.work_kind = u.work_kind
            and r.priority = priorities.priority::smallint
          order by r.position limit 1
        ) first
        join forgerun_read.jobs j on j.job_id = first.job_id
      ) o
      where o.queued_at < clock_timestamp() - ${pollWindowMs} * interval '1 millisecond'
      order by u.place, o.queued_at`,
  });
  return rows.map(({ client_id: clientId, queue, work_kind: workKind, since: waitingSince }) => ({
    clientId,
    queue,
    workKind,
    waitingSince,
  }));
}
