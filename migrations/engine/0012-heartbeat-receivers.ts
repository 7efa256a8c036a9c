import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Since when each node has been able to hear heartbeats, and which leases have been found to be over. */
export class HeartbeatReceivers1767225600012 implements MigrationInterface {
  readonly name = 'HeartbeatReceivers1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    // A row per life of a node with an API; the node itself renews it every second.
    await runner.query(`
      create table forgerun_engine.heartbeat_receivers (
        node_id uuid        primary key,
        since   timestamptz not null,
        until   timestamptz not null
      ) with (fillfactor = 50)`);
    // The order of a heartbeat and an expiry of one lease is the order in which they take its row.
    await runner.query(`alter table forgerun_engine.leases add column is_over boolean not null default false`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
