import { clientsInTurn } from './turns.sql.js';

/** The lanes of one client that has its turn, in turn as well. */
const lanesInTurn = `
  with recursive later (lane) as (
    (select lane from forgerun_engine.deliveries
      where planned and client_id = c.client_id and lane > c.after_lane order by lane limit 1)
    union all
    select (select d.lane from forgerun_engine.deliveries d
             where d.planned and d.client_id = c.client_id and d.lane > l.lane order by d.lane limit 1)
      from later l where l.lane is not null
  ), earlier (lane) as (
    (select lane from forgerun_engine.deliveries
      where planned and client_id = c.client_id and lane <= c.after_lane order by lane limit 1)
    union all
    select (select d.lane from forgerun_engine.deliveries d
             where d.planned and d.client_id = c.client_id and d.lane > e.lane and d.lane <= c.after_lane
             order by d.lane limit 1)
      from earlier e where e.lane is not null
  )
  select lane from later union all select lane from earlier`;

/**
 * One client after the other, of each one lane after the other, and of each the deliveries that are due: as many as the
 * client's share and the lane's limit allow. Nothing behind the last one wanted is looked at. What has not gone out yet
 * waits until the same job's earlier events have. Holding moves the due time, so a holder that dies is not waited for
 * longer than that; how far the stream is has to be read then.
 */
export const takeSql = `
  with recursive moment as materialized (select least($1, clock_timestamp()) as now), ${clientsInTurn('forgerun_engine.deliveries', 'planned', '$6')},
  due as (
    select y.listener_id, y.event_id, y.stream_revision, row_number() over () as place
      from (
        select client_id, coalesce(($9::int[])[array_position($8::uuid[], client_id)], $7) as most,
               coalesce(($10::text[])[array_position($8::uuid[], client_id)], '') as after_lane
          from clients where client_id is not null
      ) c
      cross join lateral (
        select x.listener_id, x.event_id, x.stream_revision from (${lanesInTurn}) l cross join lateral (
          select d.listener_id, d.event_id, d.stream_revision from forgerun_engine.deliveries d
           where d.client_id = c.client_id and d.lane = l.lane and d.planned and d.due_at <= (select now from moment)
             and not (d.attempts = 0 and exists (
               select from forgerun_engine.deliveries e
                where e.lane = d.lane and e.job_id = d.job_id and e.attempts = 0 and e.position < d.position))
           order by d.due_at, d.position
           limit (select coalesce((select u.free from unnest($3::text[], $4::int[]) as u (lane, free)
                                    where u.lane = l.lane), $5))
             for update of d skip locked
        ) x where l.lane is not null limit c.most
      ) y
     limit $11
  )
  update forgerun_engine.deliveries as t set due_at = $2, stream_revision = null from due
   where t.listener_id = due.listener_id and t.event_id = due.event_id
  returning t.delivery_id, t.listener_id, t.event_id, t.client_id, t.lane, t.is_dropped, due.stream_revision, due.place`;

/**
 * Of each client in turn the oldest; each gets as much of the batch as the clients that wait leave it, and clients are
 * looked for until it is full.
 */
export const unplannedSql = `
  with recursive ${clientsInTurn('forgerun_engine.deliveries', 'not planned', '$2')},
  share as materialized (
    select greatest($3::int, $1::int / greatest(1, count(client_id))) as most
      from (select client_id from clients limit $1::int / $3::int) first
  )
  select d.* from clients c cross join lateral (
    select listener_id, event_id, callback_url, client_id, kind, event_name, job_id, schedule_id, revision,
           position::text as position, correlation_id, traceparent, null as cause_id
      from forgerun_engine.deliveries u where not u.planned and u.client_id = c.client_id
     order by u.position limit (select most from share)
  ) d where c.client_id is not null limit $1`;
