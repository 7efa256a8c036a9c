import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who runs which follower, by rows with a date; and when engines that fire timers were alive. */
export class Leadership1767225600010 implements MigrationInterface {
  readonly name = 'Leadership1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- One row for each life of a process that runs followers. It is as alive as its last renewal.
      CREATE TABLE forgerun_engine.nodes (
        node_id       uuid        PRIMARY KEY,
        session       integer     NOT NULL,
        session_began timestamptz NOT NULL,
        began_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        renewed_at    timestamptz NOT NULL
      ) WITH (fillfactor = 50);

      -- The node that runs a follower; none: nobody does. The number is what the follower's checkpoint is fenced with.
      CREATE TABLE forgerun_engine.terms (
        name     text        PRIMARY KEY,
        node_id  uuid,
        term     bigint      NOT NULL,
        began_at timestamptz NOT NULL DEFAULT clock_timestamp()
      ) WITH (fillfactor = 50);

      -- Unbroken stretches in which some process that fires timers was alive; the last one goes on. Between two of them
      -- nothing could be fired.
      CREATE TABLE forgerun_engine.uptimes (
        began_at   timestamptz PRIMARY KEY,
        renewed_at timestamptz NOT NULL
      ) WITH (fillfactor = 50);

      -- Whoever ran before this table was there is known by what its followers wrote down last.
      INSERT INTO forgerun_engine.uptimes (began_at, renewed_at)
      SELECT min(updated_at), max(updated_at) FROM forgerun_engine.checkpoints HAVING count(*) > 0;
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
