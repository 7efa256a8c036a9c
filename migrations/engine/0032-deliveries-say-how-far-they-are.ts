import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What a node remembers may be older: of a delivery than its stream, and of a webhook than its last disabling. */
export class DeliveriesSayHowFarTheyAre1767225600032 implements MigrationInterface {
  readonly name = 'DeliveriesSayHowFarTheyAre1767225600032';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How far its stream was when the row was last written; null while it is held, in rows whose holder went away, and in
      -- those of before this was kept.
      alter table forgerun_engine.deliveries add column stream_revision bigint;
      alter table forgerun_engine.deliveries alter column stream_revision set default 0;
      -- Its webhook was disabled or deleted while it was pending: nothing more is sent, also where it listens again.
      alter table forgerun_engine.deliveries add column is_dropped boolean not null default false;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
