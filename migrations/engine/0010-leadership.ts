import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who runs which follower, by rows with a date; and when engines that fire timers were alive. */
export class Leadership1767225600010 implements MigrationInterface {
  readonly name = 'Leadership1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One row for each life of a process that runs followers. It is as alive as its last renewal.
      create table forgerun_engine.nodes (
        node_id       uuid        primary key,
        session       integer     not null,
        session_began timestamptz not null,
        began_at      timestamptz not null default clock_timestamp(),
        renewed_at    timestamptz not null
      ) with (fillfactor = 50);

      -- The node that runs a follower; none: nobody does. The number is what the follower's checkpoint is fenced with.
      create table forgerun_engine.terms (
        name     text        primary key,
        node_id  uuid,
        term     bigint      not null,
        began_at timestamptz not null default clock_timestamp()
      ) with (fillfactor = 50);

      -- Unbroken stretches in which some process that fires timers was alive; the last one goes on. Between two of them
      -- nothing could be fired.
      create table forgerun_engine.uptimes (
        began_at   timestamptz primary key,
        renewed_at timestamptz not null
      ) with (fillfactor = 50);

      -- Whoever ran before this table was there is known by what its followers wrote down last.
      insert into forgerun_engine.uptimes (began_at, renewed_at)
      select min(updated_at), max(updated_at) from forgerun_engine.checkpoints having count(*) > 0;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
