/**
 * A node is alive while it renews its row. One that has missed a renewal and whose session is gone, too, has been killed,
 * and need not be waited for any longer. A date ahead of the clock was written before the clock was set back: it says
 * nothing, and a node that is alive will write another one within a second.
 */
const isAlive = (node: string, silenceMs: string, goneMs: string): string => `EXISTS (
  SELECT FROM forgerun_engine.nodes n
   WHERE n.node_id = ${node}
     AND n.renewed_at > clock_timestamp() - ${silenceMs} * interval '1 millisecond'
     AND n.renewed_at < clock_timestamp() + interval '1 second'
     AND (n.renewed_at > clock_timestamp() - ${goneMs} * interval '1 millisecond' OR EXISTS (
       SELECT FROM pg_stat_activity a
        WHERE a.pid = n.session AND (a.backend_start IS NULL OR a.backend_start = n.session_began))))`;

/** Which session this is: $1 and $2 of what follows come from here. */
export const sessionStatement = `SELECT pid, backend_start::text AS began FROM pg_stat_activity WHERE pid = pg_backend_pid()`;

/**
 * Renews a node for all that it runs, notes where wanted that something is there to fire timers, and answers every term
 * that it holds or might take. $1 node, $2 session, $3 its beginning, $4 fires timers, $5 names it stands for,
 * $6 silence and $7 the shorter one that is enough where the session is gone, in milliseconds.
 */
export const renewStatement = `
  WITH renewed AS (
    INSERT INTO forgerun_engine.nodes (node_id, session, session_began, renewed_at)
    VALUES ($1::uuid, $2, $3::timestamptz, clock_timestamp())
    ON CONFLICT (node_id) DO UPDATE SET session = excluded.session, session_began = excluded.session_began,
      renewed_at = excluded.renewed_at
  ), kept AS (
    UPDATE forgerun_engine.uptimes SET renewed_at = greatest(renewed_at, clock_timestamp())
     WHERE $4 AND began_at = (SELECT max(began_at) FROM forgerun_engine.uptimes)
       AND renewed_at > clock_timestamp() - $6 * interval '1 millisecond'
    RETURNING began_at
  ), begun AS (
    INSERT INTO forgerun_engine.uptimes (began_at, renewed_at)
    SELECT now, now FROM (SELECT clock_timestamp() AS now) AS n WHERE $4 AND NOT EXISTS (SELECT FROM kept)
    ON CONFLICT DO NOTHING
  )
  SELECT name, t.term::text AS term, coalesce(t.node_id = $1, false) AS mine,
    name = ANY ($5) AND (t.node_id IS NULL OR t.node_id = $1 OR NOT ${isAlive('t.node_id', '$6', '$7')}) AS free
    FROM unnest($5::text[]) AS wanted (name) FULL JOIN forgerun_engine.terms t USING (name)
   WHERE name = ANY ($5) OR t.node_id = $1`;

/**
 * Takes the terms of $2 that are still free for the node $1 ($3 and $4 as above) and answers those it got. A term is
 * always later than the one that its follower's checkpoint was written in.
 */
export const takeStatement = `
  INSERT INTO forgerun_engine.terms AS t (name, node_id, term, began_at)
  SELECT name, $1::uuid, 1 + coalesce((SELECT c.epoch FROM forgerun_engine.checkpoints c WHERE c.name = wanted.name), 0),
    clock_timestamp()
    FROM unnest($2::text[]) AS wanted (name) ORDER BY name
  ON CONFLICT (name) DO UPDATE SET node_id = excluded.node_id, term = greatest(t.term + 1, excluded.term),
    began_at = excluded.began_at
   WHERE t.node_id IS NULL OR t.node_id = $1 OR NOT ${isAlive('t.node_id', '$3', '$4')}
  RETURNING name, term::text AS term`;

/** Gives up the terms of $2, where they are still those of the node $1 and as numbered in $3. */
export const resignStatement = `
  UPDATE forgerun_engine.terms AS t SET node_id = NULL
    FROM unnest($2::text[], $3::bigint[]) AS held (name, term)
   WHERE t.name = held.name AND t.term = held.term AND t.node_id = $1`;

/** The end of a node's life: whatever it runs is free. Rows of those that were killed go after a day. */
export const leaveStatement = `
  DELETE FROM forgerun_engine.nodes
   WHERE node_id = $1 OR renewed_at < clock_timestamp() - interval '1 day'`;
