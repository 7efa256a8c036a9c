import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Since when each node has been able to hear heartbeats, and which leases have been found to be over. */
export class HeartbeatReceivers1767225600012 implements MigrationInterface {
  readonly name = 'HeartbeatReceivers1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    // A row per life of a node with an API; the node itself renews it every second.
    await runner.query(`
      CREATE TABLE forgerun_engine.heartbeat_receivers (
        node_id uuid        PRIMARY KEY,
        since   timestamptz NOT NULL,
        until   timestamptz NOT NULL
      ) WITH (fillfactor = 50)`);
    // The order of a heartbeat and an expiry of one lease is the order in which they take its row.
    await runner.query(`ALTER TABLE forgerun_engine.leases ADD COLUMN is_over boolean NOT NULL DEFAULT false`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
