/**
 * A node is alive while it renews its row. One that has missed a renewal and whose session is gone, too, has been killed,
 * and need not be waited for any longer. A date ahead of the clock was written before the clock was set back: it says
 * nothing, and a node that is alive will write another one within a second.
 */
const isAlive = (node: string, silenceMs: string, goneMs: string): string => `exists (
  select from forgerun_engine.nodes n
   where n.node_id = ${node}
     and n.renewed_at > clock_timestamp() - ${silenceMs} * interval '1 millisecond'
     and n.renewed_at < clock_timestamp() + interval '1 second'
     and (n.renewed_at > clock_timestamp() - ${goneMs} * interval '1 millisecond' or exists (
       select from pg_stat_activity a
        where a.pid = n.session and (a.backend_start is null or a.backend_start = n.session_began))))`;

/** Which session this is: $1 and $2 of what follows come from here. */
export const sessionStatement = `select pid, backend_start::text as began from pg_stat_activity where pid = pg_backend_pid()`;

/**
 * Renews a node for all that it runs, notes where wanted that something is there to fire timers, and answers every term
 * that it holds or might take. $1 node, $2 session, $3 its beginning, $4 fires timers, $5 names it stands for,
 * $6 silence and $7 the shorter one that is enough where the session is gone, in milliseconds.
 */
export const renewStatement = `
  with renewed as (
    insert into forgerun_engine.nodes (node_id, session, session_began, renewed_at)
    values ($1::uuid, $2, $3::timestamptz, clock_timestamp())
    on conflict (node_id) do update set session = excluded.session, session_began = excluded.session_began,
      renewed_at = excluded.renewed_at
  ), kept as (
    update forgerun_engine.uptimes set renewed_at = greatest(renewed_at, clock_timestamp())
     where $4 and began_at = (select max(began_at) from forgerun_engine.uptimes)
       and renewed_at > clock_timestamp() - $6 * interval '1 millisecond'
    returning began_at
  ), begun as (
    insert into forgerun_engine.uptimes (began_at, renewed_at)
    select now, now from (select clock_timestamp() as now) as n where $4 and not exists (select from kept)
    on conflict do nothing
  )
  select name, t.term::text as term, coalesce(t.node_id = $1, false) as mine,
    name = any ($5) and (t.node_id is null or t.node_id = $1 or not ${isAlive('t.node_id', '$6', '$7')}) as free
    from unnest($5::text[]) as wanted (name) FULL join forgerun_engine.terms t using (name)
   where name = any ($5) or t.node_id = $1`;

/**
 * Takes the terms of $2 that are still free for the node $1 ($3 and $4 as above) and answers those it got. A term is
 * always later than the one that its follower's checkpoint was written in.
 */
export const takeStatement = `
  insert into forgerun_engine.terms as t (name, node_id, term, began_at)
  select name, $1::uuid, 1 + coalesce((select c.epoch from forgerun_engine.checkpoints c where c.name = wanted.name), 0),
    clock_timestamp()
    from unnest($2::text[]) as wanted (name) order by name
  on conflict (name) do update set node_id = excluded.node_id, term = greatest(t.term + 1, excluded.term),
    began_at = excluded.began_at
   where t.node_id is null or t.node_id = $1 or not ${isAlive('t.node_id', '$3', '$4')}
  returning name, term::text as term`;

/** Gives up the terms of $2, where they are still those of the node $1 and as numbered in $3. */
export const resignStatement = `
  update forgerun_engine.terms as t set node_id = null
    from unnest($2::text[], $3::bigint[]) as held (name, term)
   where t.name = held.name and t.term = held.term and t.node_id = $1`;

/** The end of a node's life: whatever it runs is free. Rows of those that were killed go after a day. */
export const leaveStatement = `
  delete from forgerun_engine.nodes
   where node_id = $1 or renewed_at < clock_timestamp() - interval '1 day'`;
