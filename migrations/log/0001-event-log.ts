import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class EventLog1767225600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create schema if not exists forgerun_log`);
    await runner.query(`
      create table forgerun_log.events (
        position bigint primary key,
        stream text collate "C" not null,
        revision bigint not null,
        event_id uuid not null,
        type text collate "C" not null,
        data text not null,
        metadata text not null,
        recorded_at timestamptz not null default clock_timestamp(),
        unique (stream, revision)
      )`);
    await runner.query(`
      create table forgerun_log.head (
        singleton boolean primary key default true check (singleton),
        position bigint not null
      ) with (fillfactor = 10)`);
    await runner.query(`insert into forgerun_log.head (position) values (0)`);
    // Streams that lost their beginning: revisions below "before" are gone and never come back.
    await runner.query(`
      create table forgerun_log.cuts (
        stream text collate "C" primary key,
        before bigint not null
      )`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('The event log is never taken back.'));
  }
}
