import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What workers ask for, on any node. */
export class RecentPolls1767225600025 implements MigrationInterface {
  readonly name = 'RecentPolls1767225600025';

  async up(runner: QueryRunner): Promise<void> {
    // A row per client and filter, renewed while workers ask with it and gone minutes after. Unlogged: a crash costs
    // nothing that the next poll does not bring back.
    await runner.query(`
      CREATE UNLOGGED TABLE forgerun_engine.recent_polls (
        client_id  uuid        NOT NULL,
        filter     uuid        NOT NULL,
        queues     jsonb,
        work_kinds jsonb,
        asked_at   timestamptz NOT NULL,
        PRIMARY KEY (client_id, filter)
      ) WITH (fillfactor = 50)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
