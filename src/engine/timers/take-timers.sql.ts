/**
 * Takes due timers for the length of the transaction; those another runner holds are left to it. The database's clock
 * says what is due, at this moment: no node's idea of it makes a timer early, however far one of them is out.
 *
 * Where more are due than a batch holds, each client has a share of it: one client after the other, beginning after the
 * one that had its turn last ($2), as many of each as the number of clients leaves it and at least $3. What that leaves
 * of the batch goes to whoever's is due first. Clients of $4 get nothing. Clients are looked for until the
 * batch is full, and counted as far as that changes their share, so that it costs the same with thirty and with thousands.
 */
export const takeSql = `
  WITH RECURSIVE moment AS MATERIALIZED (SELECT clock_timestamp() AS now), crowd AS MATERIALIZED (
    SELECT cardinality($4::uuid[]) > 0 OR count(*) > $1 AS is FROM (
      SELECT FROM forgerun_engine.timers WHERE due_at <= (SELECT now FROM moment) LIMIT $1 + 1
    ) due
  ), later (client_id) AS (
    (SELECT client_id FROM forgerun_engine.timers
      WHERE (SELECT c.is FROM crowd c) AND client_id > $2 ORDER BY client_id LIMIT 1)
    UNION ALL
    SELECT (SELECT t.client_id FROM forgerun_engine.timers t WHERE t.client_id > l.client_id ORDER BY t.client_id LIMIT 1)
      FROM later l WHERE l.client_id IS NOT NULL
  ), earlier (client_id) AS (
    (SELECT client_id FROM forgerun_engine.timers
      WHERE (SELECT c.is FROM crowd c) AND client_id <= $2 ORDER BY client_id LIMIT 1)
    UNION ALL
    SELECT (SELECT t.client_id FROM forgerun_engine.timers t
             WHERE t.client_id > e.client_id AND t.client_id <= $2 ORDER BY t.client_id LIMIT 1)
      FROM earlier e WHERE e.client_id IS NOT NULL
  ), clients AS MATERIALIZED (
    SELECT client_id FROM (SELECT client_id FROM later UNION ALL SELECT client_id FROM earlier) each
     WHERE client_id <> ALL ($4::uuid[]) AND EXISTS (
       SELECT FROM forgerun_engine.timers t WHERE t.client_id = each.client_id AND t.due_at <= (SELECT now FROM moment))
  ), share AS MATERIALIZED (
    SELECT greatest($3, $1 / greatest(1, count(*))) AS most FROM (SELECT FROM clients LIMIT $1 / $3) first
  ), shared AS MATERIALIZED (
    SELECT t.* FROM clients c CROSS JOIN LATERAL (
      SELECT timer_id, client_id, saga, subject, due_at, command_type, command_schema, command, cause, tries FROM forgerun_engine.timers x
       WHERE x.client_id = c.client_id AND x.due_at <= (SELECT now FROM moment)
       ORDER BY x.due_at LIMIT (SELECT most FROM share) FOR UPDATE SKIP LOCKED
    ) t LIMIT $1
  ), others AS MATERIALIZED (
    SELECT timer_id, client_id, saga, subject, due_at, command_type, command_schema, command, cause, tries FROM forgerun_engine.timers
     WHERE due_at <= (SELECT now FROM moment) AND cardinality($4::uuid[]) = 0
       AND timer_id <> ALL (ARRAY(SELECT timer_id FROM shared))
     ORDER BY due_at LIMIT (SELECT $1 - count(*) FROM shared) FOR UPDATE SKIP LOCKED
  ), due AS (
    SELECT *, true AS is_turn FROM shared UNION ALL SELECT *, false FROM others
  )
  SELECT trunc(extract(epoch FROM (SELECT now FROM moment)) * 1000)::text AS taken_at,
    (SELECT trunc(extract(epoch FROM min(due_at)) * 1000)::text FROM forgerun_engine.timers
      WHERE due_at > (SELECT now FROM moment)) AS next_due_at,
    timer_id, client_id, saga, subject, command_type, command_schema, command, cause, tries, is_turn
    FROM (SELECT 1) AS one LEFT JOIN due ON true`;
