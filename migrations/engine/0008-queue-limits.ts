import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How many jobs of a queue may be leased at once, and which jobs count for it. */
export class QueueLimits1767225600008 implements MigrationInterface {
  readonly name = 'QueueLimits1767225600008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE forgerun_read.queue_limits (
        client_id   uuid             NOT NULL,
        queue       text COLLATE "C" NOT NULL,
        max_running integer          NOT NULL,
        PRIMARY KEY (client_id, queue)
      );

      -- One row per job of a limited queue that is leased, or may be: committed before its lease is written to the log,
      -- and gone only when the log, by way of the read models, has shown the end of that lease.
      CREATE TABLE forgerun_engine.queue_slots (
        job_id      uuid             PRIMARY KEY,
        client_id   uuid             NOT NULL,
        queue       text COLLATE "C" NOT NULL,
        -- Of the JobQueued that made it ready: a later one says that this lease has ended.
        position    numeric(39, 0)   NOT NULL,
        attempt     integer          NOT NULL,
        grant_id    uuid             NOT NULL,
        is_fresh    boolean          NOT NULL,
        reserved_at timestamptz      NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX queue_slots_by_queue ON forgerun_engine.queue_slots (client_id, queue);

      -- Reserves slots for the first ready jobs of every limited queue asked for; true when room ran out. The statements
      -- after the lock each see what was committed before they began, so two nodes cannot count the same room.
      CREATE FUNCTION forgerun_engine.reserve_queue_slots(
        for_grant uuid, of_client uuid, of_queues text[], of_kinds text[], most integer
      ) RETURNS boolean LANGUAGE plpgsql AS $$
      DECLARE
        found record;
        room bigint;
        is_full boolean := false;
      BEGIN
        FOR found IN
          SELECT l.client_id, l.queue FROM forgerun_read.queue_limits l
          WHERE (of_client IS NULL OR l.client_id = of_client)
            AND (of_queues IS NULL OR l.queue = ANY (of_queues))
            AND NOT EXISTS (
              SELECT FROM forgerun_read.queue_pauses p WHERE p.client_id = l.client_id AND p.queue = l.queue
            )
            AND EXISTS (
              SELECT FROM forgerun_read.lanes w
              WHERE w.client_id = l.client_id AND w.queue = l.queue AND w.queued > 0
                AND (of_kinds IS NULL OR w.work_kind = ANY (of_kinds))
            )
          ORDER BY l.client_id, l.queue
        LOOP
          PERFORM pg_advisory_xact_lock(hashtextextended('queue ' || found.client_id || ' ' || found.queue, 0));

          DELETE FROM forgerun_engine.queue_slots s
          WHERE s.client_id = found.client_id AND s.queue = found.queue
            AND (
              EXISTS (
                SELECT FROM forgerun_read.jobs j
                WHERE j.job_id = s.job_id
                  AND (j.state IN ('SUCCEEDED', 'CANCELED') OR j.attempt > s.attempt
                    OR (j.state = 'FAILED' AND j.attempt = s.attempt))
              )
              OR EXISTS (
                SELECT FROM forgerun_read.ready_jobs r WHERE r.job_id = s.job_id AND r.position > s.position
              )
              -- Erased.
              OR (
                EXISTS (SELECT FROM forgerun_engine.checkpoints c WHERE c.name = 'jobs' AND c.position >= s.position)
                AND NOT EXISTS (SELECT FROM forgerun_read.jobs j WHERE j.job_id = s.job_id)
              )
            );
          -- Whoever reserved it died before the job was leased, and nobody came for that job since.
          DELETE FROM forgerun_engine.queue_slots s
          WHERE s.job_id IN (
            SELECT r.job_id FROM forgerun_engine.queue_slots q
            JOIN forgerun_read.ready_jobs r ON r.job_id = q.job_id AND r.position = q.position
            WHERE q.client_id = found.client_id AND q.queue = found.queue
              AND q.reserved_at < clock_timestamp() - interval '1 minute'
            FOR UPDATE OF r SKIP LOCKED
          );
          UPDATE forgerun_engine.queue_slots s SET grant_id = for_grant, is_fresh = false
          WHERE s.job_id IN (
            SELECT r.job_id FROM forgerun_engine.queue_slots q
            JOIN forgerun_read.ready_jobs r ON r.job_id = q.job_id AND r.position = q.position
            WHERE q.client_id = found.client_id AND q.queue = found.queue
              AND q.reserved_at < clock_timestamp() - interval '1 second'
              AND (of_kinds IS NULL OR r.work_kind = ANY (of_kinds))
            FOR UPDATE OF r SKIP LOCKED
          );

          -- Leases from before the limit have no slot, but the lanes know of them.
          SELECT coalesce(
            (SELECT l.max_running FROM forgerun_read.queue_limits l
             WHERE l.client_id = found.client_id AND l.queue = found.queue), 0)
            - greatest(
              (SELECT count(*) FROM forgerun_engine.queue_slots s
               WHERE s.client_id = found.client_id AND s.queue = found.queue),
              (SELECT sum(w.assigned + w.running) FROM forgerun_read.lanes w
               WHERE w.client_id = found.client_id AND w.queue = found.queue))
          INTO room;
          is_full := is_full OR room < most;

          IF room > 0 THEN
            INSERT INTO forgerun_engine.queue_slots (job_id, client_id, queue, position, attempt, grant_id, is_fresh)
            SELECT r.job_id, found.client_id, found.queue, r.position, r.attempt, for_grant, true
            FROM forgerun_read.lanes w
            CROSS JOIN LATERAL (
              SELECT y.job_id, y.priority, y.position, y.attempt FROM forgerun_read.ready_jobs y
              WHERE y.client_id = w.client_id AND y.queue = w.queue AND y.work_kind = w.work_kind
                AND NOT EXISTS (SELECT FROM forgerun_engine.queue_slots s WHERE s.job_id = y.job_id)
              ORDER BY y.priority, y.position LIMIT least(room, most)
            ) r
            WHERE w.client_id = found.client_id AND w.queue = found.queue AND w.queued > 0
              AND (of_kinds IS NULL OR w.work_kind = ANY (of_kinds))
            ORDER BY r.priority, r.position LIMIT least(room, most);
          END IF;
        END LOOP;
        RETURN is_full;
      END $$;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
