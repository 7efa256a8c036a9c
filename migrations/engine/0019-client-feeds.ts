import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** How far each node with an API has come in following what happens to clients and their keys. */
export class ClientFeeds1767225600019 implements MigrationInterface {
  readonly name = 'ClientFeeds1767225600019';

  async up(runner: QueryRunner): Promise<void> {
    // A row per life of a node with an API, which the node renews every second before it asks where the log ends.
    await runner.query(`
      create table forgerun_engine.client_feeds (
        node_id  uuid        primary key,
        position numeric,
        seen_at  timestamptz not null
      ) with (fillfactor = 50)`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
