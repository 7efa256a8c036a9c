import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Clients and their keys, as the door reads them; and when each key was last used, which no event tells. */
export class Clients1767225600003 implements MigrationInterface {
  readonly name = 'Clients1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS forgerun_engine;
      CREATE SCHEMA IF NOT EXISTS forgerun_read;

      CREATE TABLE forgerun_read.clients (
        client_id  uuid        PRIMARY KEY,
        name       text,
        created_at timestamptz NOT NULL
      );

      CREATE TABLE forgerun_read.api_keys (
        key_id     uuid        PRIMARY KEY,
        client_id  uuid        NOT NULL,
        name       text        NOT NULL,
        scopes     text        NOT NULL,
        hash       text        NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        dies_at    timestamptz,
        revoked_at timestamptz
      );
      CREATE INDEX api_keys_by_client ON forgerun_read.api_keys (client_id, created_at, key_id);

      -- Written often and small: room on the page keeps those writes out of the index.
      CREATE TABLE forgerun_engine.key_usage (
        key_id       uuid        PRIMARY KEY,
        last_used_at timestamptz NOT NULL
      ) WITH (fillfactor = 50);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
