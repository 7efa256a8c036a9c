import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Schedules as they stand, and one row for every tick of theirs. */
export class Schedules1767225600006 implements MigrationInterface {
  readonly name = 'Schedules1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS forgerun_read;

      CREATE TABLE forgerun_read.schedules (
        schedule_id      uuid        PRIMARY KEY,
        client_id        uuid        NOT NULL,
        name             text        NOT NULL,
        cron             text        NOT NULL,
        timezone         text        NOT NULL,
        job              text        NOT NULL,
        payload          text,
        missed           text        NOT NULL,
        overlap          text        NOT NULL,
        start_at         timestamptz,
        end_at           timestamptz,
        paused           boolean     NOT NULL,
        version          integer     NOT NULL,
        next_at          timestamptz,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL,
        created_position numeric     NOT NULL
      );
      CREATE INDEX schedules_by_client ON forgerun_read.schedules (client_id, created_position);

      CREATE TABLE forgerun_read.schedule_occurrences (
        schedule_id      uuid        NOT NULL,
        due_at           timestamptz NOT NULL,
        trigger_id       text        NOT NULL,
        outcome          text        NOT NULL,
        reason           text,
        job_id           uuid,
        schedule_version integer     NOT NULL,
        PRIMARY KEY (schedule_id, due_at, trigger_id)
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
