import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Clients and their keys, as the door reads them; and when each key was last used, which no event tells. */
export class Clients1767225600003 implements MigrationInterface {
  readonly name = 'Clients1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema if not exists forgerun_engine;
      create schema if not exists forgerun_read;

      create table forgerun_read.clients (
        client_id  uuid        primary key,
        name       text,
        created_at timestamptz not null
      );

      create table forgerun_read.api_keys (
        key_id     uuid        primary key,
        client_id  uuid        not null,
        name       text        not null,
        scopes     text        not null,
        hash       text        not null,
        created_at timestamptz not null,
        expires_at timestamptz,
        dies_at    timestamptz,
        revoked_at timestamptz
      );
      create index api_keys_by_client on forgerun_read.api_keys (client_id, created_at, key_id);

      -- Written often and small: room on the page keeps those writes out of the index.
      create table forgerun_engine.key_usage (
        key_id       uuid        primary key,
        last_used_at timestamptz not null
      ) with (fillfactor = 50);
    `);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('migrations go forward only'));
  }
}
