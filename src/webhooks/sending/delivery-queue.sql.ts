import { clientsInTurn } from './turns.sql.js';

/** The lanes of one client that has its turn, in turn as well. */
const lanesInTurn = `
  WITH RECURSIVE later (lane) AS (
    (SELECT lane FROM forgerun_engine.deliveries
      WHERE planned AND client_id = c.client_id AND lane > c.after_lane ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT d.lane FROM forgerun_engine.deliveries d
             WHERE d.planned AND d.client_id = c.client_id AND d.lane > l.lane ORDER BY d.lane LIMIT 1)
      FROM later l WHERE l.lane IS NOT NULL
  ), earlier (lane) AS (
    (SELECT lane FROM forgerun_engine.deliveries
      WHERE planned AND client_id = c.client_id AND lane <= c.after_lane ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT d.lane FROM forgerun_engine.deliveries d
             WHERE d.planned AND d.client_id = c.client_id AND d.lane > e.lane AND d.lane <= c.after_lane
             ORDER BY d.lane LIMIT 1)
      FROM earlier e WHERE e.lane IS NOT NULL
  )
  SELECT lane FROM later UNION ALL SELECT lane FROM earlier`;

/**
 * One client after the other, of each one lane after the other, and of each the deliveries that are due: as many as the
 * client's share and the lane's limit allow. Nothing behind the last one wanted is looked at. What has not gone out yet
 * waits until the same job's earlier events have. Holding moves the due time, so a holder that dies is not waited for
 * longer than that.
 */
export const takeSql = `
  WITH RECURSIVE moment AS MATERIALIZED (SELECT least($1, clock_timestamp()) AS now), ${clientsInTurn('forgerun_engine.deliveries', 'planned', '$6')},
  due AS (
    SELECT y.listener_id, y.event_id, row_number() OVER () AS place
      FROM (
        SELECT client_id, coalesce(($9::int[])[array_position($8::uuid[], client_id)], $7) AS most,
               coalesce(($10::text[])[array_position($8::uuid[], client_id)], '') AS after_lane
          FROM clients WHERE client_id IS NOT NULL
      ) c
      CROSS JOIN LATERAL (
        SELECT x.listener_id, x.event_id FROM (${lanesInTurn}) l CROSS JOIN LATERAL (
          SELECT d.listener_id, d.event_id FROM forgerun_engine.deliveries d
           WHERE d.client_id = c.client_id AND d.lane = l.lane AND d.planned AND d.due_at <= (SELECT now FROM moment)
             AND NOT (d.attempts = 0 AND EXISTS (
               SELECT FROM forgerun_engine.deliveries e
                WHERE e.lane = d.lane AND e.job_id = d.job_id AND e.attempts = 0 AND e.position < d.position))
           ORDER BY d.due_at, d.position
           LIMIT (SELECT coalesce((SELECT u.free FROM unnest($3::text[], $4::int[]) AS u (lane, free)
                                    WHERE u.lane = l.lane), $5))
             FOR UPDATE OF d SKIP LOCKED
        ) x WHERE l.lane IS NOT NULL LIMIT c.most
      ) y
     LIMIT $11
  )
  UPDATE forgerun_engine.deliveries AS t SET due_at = $2 FROM due
   WHERE t.listener_id = due.listener_id AND t.event_id = due.event_id
  RETURNING t.delivery_id, t.listener_id, t.event_id, t.client_id, t.lane, t.attempts, due.place`;

/**
 * Of each client in turn the oldest; each gets as much of the batch as the clients that wait leave it, and clients are
 * looked for until it is full.
 */
export const unplannedSql = `
  WITH RECURSIVE ${clientsInTurn('forgerun_engine.deliveries', 'not planned', '$2')},
  share AS MATERIALIZED (
    SELECT greatest($3::int, $1::int / greatest(1, count(client_id))) AS most
      FROM (SELECT client_id FROM clients LIMIT $1::int / $3::int) first
  )
  SELECT d.* FROM clients c CROSS JOIN LATERAL (
    SELECT listener_id, event_id, callback_url, client_id, kind, event_name, job_id, schedule_id, revision,
           position::text AS position, correlation_id, traceparent
      FROM forgerun_engine.deliveries u WHERE NOT u.planned AND u.client_id = c.client_id
     ORDER BY u.position LIMIT (SELECT most FROM share)
  ) d WHERE c.client_id IS NOT NULL LIMIT $1`;
