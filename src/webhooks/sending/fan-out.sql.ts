import { atOnce } from './at-once.sql.js';
import { clientsInTurn } from './turns.sql.js';

/** How many more of a webhook's deliveries may become due: what is due already is counted, up to the limit. */
export const roomOf = (limit: string, clientId: string, webhookId: string): string => `
  (select ${limit}::int - count(*) from (
     select from forgerun_engine.deliveries d
      where d.planned and d.client_id = ${clientId} and d.lane = ${webhookId}::text and d.due_at <= clock_timestamp()
      limit ${limit}) due)`;

/**
 * Whether events from before a position wait to become a webhook's deliveries. They become that in the order of the log, so the next
 * one answers for all; it may be one that only other webhooks want, which is soon passed over.
 */
export const isBehind = (webhookId: string, position: string): string => `
  exists (
    select from forgerun_engine.fan_outs f cross join lateral (
      select e.position from forgerun_engine.fan_out_events e
       where e.client_id = f.client_id and e.place > f.done_to order by e.place limit 1
    ) e where f.webhook_id = ${webhookId} and e.position < ${position})`;

/**
 * Of each client in turn a share of the batch, and of a client's webhooks first those that are furthest behind, each as much
 * as it has room for. The first parameter is the batch, the second the last client that had its turn, the third the least
 * that a client gets, the fourth how many may be due for one webhook.
 */
export const nextOfFanOutsSql = `
  with recursive ${clientsInTurn('forgerun_engine.fan_outs', 'true', '$2')},
  share as materialized (
    select greatest($3::int, $1::int / greatest(1, count(client_id))) as most
      from (select client_id from clients limit $1::int / $3::int) first
  )
  select d.* from clients c cross join lateral (
    select f.webhook_id as listener_id, e.* from (
      select webhook_id, done_to, until from forgerun_engine.fan_outs where client_id = c.client_id order by done_to
    ) f
    cross join lateral ${roomOf('$4', 'c.client_id', 'f.webhook_id')} r (room)
    cross join lateral (
      select e.place::text as place, e.event_id, null as callback_url, e.client_id, e.kind, e.event_name, e.job_id,
             e.schedule_id, e.revision, e.position::text as position, e.correlation_id, e.traceparent, e.cause_id
        from forgerun_engine.fan_out_events e
       where e.client_id = c.client_id and e.place > f.done_to and e.place <= f.until and exists (
         select from forgerun_engine.webhook_spans s
          where s.webhook_id = f.webhook_id and s.since < e.position and (s.until is null or e.position <= s.until)
            and s.filters && e.filters)
       order by e.place limit r.room
    ) e limit (select most from share)
  ) d where c.client_id is not null limit $1`;

/**
 * Puts deliveries that were planned into the queue, and their webhooks behind them. Another planner may have done the same
 * meanwhile, and what it has put there may have gone out and ended: what is not behind the webhook's place is left alone.
 */
export const fannedOutSql = `
  with planned as (
    select * from unnest($1::uuid[], $2::bigint[], $3::uuid[]) as u (webhook_id, place, delivery_id)
  ), held as materialized (
    select webhook_id, done_to from forgerun_engine.fan_outs where webhook_id = any ($1::uuid[])
     order by webhook_id for update
  ), queued as (
    insert into forgerun_engine.deliveries (listener_id, event_id, delivery_id, lane, client_id, kind, event_name, job_id,
      schedule_id, revision, position, correlation_id, traceparent, planned, due_at, is_dropped)
    select p.webhook_id, e.event_id, p.delivery_id, p.webhook_id::text, e.client_id, e.kind, e.event_name, e.job_id,
           e.schedule_id, e.revision, e.position, e.correlation_id, e.traceparent, true,
           ${atOnce('e.due_at')}, forgerun_engine.was_disabled_behind(p.webhook_id, e.position)
      from planned p join held h on h.webhook_id = p.webhook_id and p.place > h.done_to
      join forgerun_engine.fan_out_events e on e.place = p.place
    on conflict do nothing
  ), reached as (
    select h.webhook_id, max(p.place) as place from held h join planned p on p.webhook_id = h.webhook_id group by h.webhook_id
  ), ended as (
    delete from forgerun_engine.fan_outs f using reached r where f.webhook_id = r.webhook_id and f.until <= r.place
  )
  update forgerun_engine.fan_outs f set done_to = greatest(f.done_to, r.place) from reached r
   where f.webhook_id = r.webhook_id and f.until > r.place`;

/** What no webhook of these clients waits for any more. */
export const forgetFannedOutSql = `
  delete from forgerun_engine.fan_out_events e using (
    select c.client_id, coalesce((select min(f.done_to) from forgerun_engine.fan_outs f where f.client_id = c.client_id),
             9223372036854775807) as done_to
      from unnest($1::uuid[]) as c (client_id)
  ) c where e.client_id = c.client_id and e.place <= c.done_to`;
