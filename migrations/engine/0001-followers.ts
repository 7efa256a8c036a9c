import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Checkpoints, parked streams and timers: what the followers of the log remember. */
export class Followers1767225600001 implements MigrationInterface {
  readonly name = 'Followers1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS forgerun_engine;
      CREATE SCHEMA IF NOT EXISTS forgerun_read;

      CREATE TABLE forgerun_engine.checkpoints (
        name           text        PRIMARY KEY,
        position       numeric,
        version        integer     NOT NULL,
        epoch          bigint      NOT NULL DEFAULT 0,
        events_applied bigint      NOT NULL DEFAULT 0,
        updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
      ) WITH (fillfactor = 50);

      -- Moves a checkpoint only if it is where the writer thinks, and otherwise fails the writer's whole transaction.
      -- A function, so that the writer can send everything behind it without waiting for the answer.
      CREATE FUNCTION forgerun_engine.move_checkpoint(
        follower text, writer_epoch bigint, before_applied bigint, before numeric, after numeric, applied bigint
      ) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE forgerun_engine.checkpoints
           SET position = after, events_applied = events_applied + applied, updated_at = clock_timestamp()
         WHERE name = follower AND epoch = writer_epoch AND events_applied = before_applied
           AND position IS NOT DISTINCT FROM before;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'the checkpoint of % is not where this writer left it', follower USING ERRCODE = 'FR001';
        END IF;
      END $$;

      CREATE TABLE forgerun_engine.parked_streams (
        follower  text        NOT NULL,
        stream    text        NOT NULL,
        revision  bigint      NOT NULL,
        position  numeric     NOT NULL,
        event_id  uuid        NOT NULL,
        reason    text        NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        verdict   text        CHECK (verdict IN ('release', 'skip')),
        actor     text,
        PRIMARY KEY (follower, stream)
      );

      CREATE TABLE forgerun_engine.skipped_events (
        follower   text        NOT NULL,
        event_id   uuid        NOT NULL,
        stream     text        NOT NULL,
        revision   bigint      NOT NULL,
        position   numeric     NOT NULL,
        reason     text        NOT NULL,
        actor      text        NOT NULL,
        skipped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (follower, event_id)
      );

      CREATE TABLE forgerun_engine.timers (
        timer_id     uuid        PRIMARY KEY,
        saga         text        NOT NULL,
        subject      text        NOT NULL,
        due_at       timestamptz NOT NULL,
        command_id   uuid        NOT NULL,
        command_type text        NOT NULL,
        command      text        NOT NULL,
        cause        text        NOT NULL,
        position     numeric     NOT NULL,
        tries        integer     NOT NULL DEFAULT 0
      );
      CREATE INDEX timers_by_due_at ON forgerun_engine.timers (due_at);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
