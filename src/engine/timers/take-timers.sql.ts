/**
 * Takes due timers for the length of the transaction; those another runner holds are left to it. The database's clock
 * says what is due, at this moment: no node's idea of it makes a timer early, however far one of them is out.
 *
 * Where more are due than a batch holds, each client has a share of it: one client after the other, beginning after the
 * one that had its turn last ($2), as many of each as the number of clients leaves it and at least $3. What that leaves
 * of the batch goes to the timers that are due first. Clients of $4 get nothing. Clients are looked for until the
 * batch is full, and counted as far as that changes their share, so that it costs the same with thirty and with thousands.
 */
export const takeSql = `
  with recursive moment as materialized (select clock_timestamp() as now), crowd as materialized (
    select cardinality($4::uuid[]) > 0 or count(*) > $1 as is from (
      select from forgerun_engine.timers where due_at <= (select now from moment) limit $1 + 1
    ) due
  ), later (client_id) as (
    (select client_id from forgerun_engine.timers
      where (select c.is from crowd c) and client_id > $2 order by client_id limit 1)
    union all
    select (select t.client_id from forgerun_engine.timers t where t.client_id > l.client_id order by t.client_id limit 1)
      from later l where l.client_id is not null
  ), earlier (client_id) as (
    (select client_id from forgerun_engine.timers
      where (select c.is from crowd c) and client_id <= $2 order by client_id limit 1)
    union all
    select (select t.client_id from forgerun_engine.timers t
             where t.client_id > e.client_id and t.client_id <= $2 order by t.client_id limit 1)
      from earlier e where e.client_id is not null
  ), clients as materialized (
    select client_id from (select client_id from later union all select client_id from earlier) each
     where client_id <> all ($4::uuid[]) and exists (
       select from forgerun_engine.timers t where t.client_id = each.client_id and t.due_at <= (select now from moment))
  ), share as materialized (
    select greatest($3, $1 / greatest(1, count(*))) as most from (select from clients limit $1 / $3) first
  ), shared as materialized (
    select t.* from clients c cross join lateral (
      select timer_id, client_id, saga, subject, due_at, command_type, command_schema, command, cause, tries from forgerun_engine.timers x
       where x.client_id = c.client_id and x.due_at <= (select now from moment)
       order by x.due_at limit (select most from share) for update skip locked
    ) t limit $1
  ), others as materialized (
    select timer_id, client_id, saga, subject, due_at, command_type, command_schema, command, cause, tries from forgerun_engine.timers
     where due_at <= (select now from moment) and cardinality($4::uuid[]) = 0
       and timer_id <> all (array(select timer_id from shared))
     order by due_at limit (select $1 - count(*) from shared) for update skip locked
  ), due as (
    select *, true as is_turn from shared union all select *, false from others
  )
  select trunc(extract(epoch from (select now from moment)) * 1000)::text as taken_at,
    (select trunc(extract(epoch from min(due_at)) * 1000)::text from forgerun_engine.timers
      where due_at > (select now from moment)) as next_due_at,
    timer_id, client_id, saga, subject, command_type, command_schema, command, cause, tries, is_turn
    from (select 1) as one left join due on true`;
