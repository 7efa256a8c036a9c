import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Schedules as they stand, and one row for every tick of theirs. */
export class Schedules1767225600006 implements MigrationInterface {
  readonly name = 'Schedules1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema if not exists forgerun_read;

      create table forgerun_read.schedules (
        schedule_id      uuid        primary key,
        client_id        uuid        not null,
        name             text        not null,
        cron             text        not null,
        timezone         text        not null,
        job              text        not null,
        payload          text,
        missed           text        not null,
        overlap          text        not null,
        start_at         timestamptz,
        end_at           timestamptz,
        paused           boolean     not null,
        version          integer     not null,
        next_at          timestamptz,
        created_at       timestamptz not null,
        updated_at       timestamptz not null,
        created_position numeric     not null
      );
      create index schedules_by_client on forgerun_read.schedules (client_id, created_position);

      create table forgerun_read.schedule_occurrences (
        schedule_id      uuid        not null,
        due_at           timestamptz not null,
        trigger_id       text        not null,
        outcome          text        not null,
        reason           text,
        job_id           uuid,
        schedule_version integer     not null,
        primary key (schedule_id, due_at, trigger_id)
      );
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
