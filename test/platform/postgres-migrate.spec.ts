import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

class MakeSpec1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema spec');
    await runner.query('create table spec.t (n int)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('forward only'));
  }
}

class IndexSpec1700000000002 implements MigrationInterface {
  readonly transaction = false;
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index concurrently t_n on spec.t (n)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('forward only'));
  }
}

class BreakSpec1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table spec.half (n int)');
    await runner.query('select 1 / 0');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('forward only'));
  }
}

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase({ empty: true });
});

afterEach(() => database.drop());

const run = (migrations: readonly (new () => MigrationInterface)[]): Promise<number> =>
  migrate({
    connectionString: database.connectionString,
    migrations,
    migrationsTable: 'forgerun_engine_migrations',
    onError: (error) => {
      throw error;
    },
  });

async function tables(): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "select table_schema || '.' || table_name as name from information_schema.tables where table_schema in ('spec', 'forgerun_migrations') order by 1",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

describe('migrations', () => {
  it('run once, whoever starts and however many start together', async () => {
    const counts = await Promise.all([1, 2, 3, 4].map(() => run([MakeSpec1700000000001, IndexSpec1700000000002])));
    expect(counts.sort()).toEqual([0, 0, 0, 2]);
    expect(await tables()).toEqual(['forgerun_migrations.forgerun_engine_migrations', 'spec.t']);
  });

  it('leave nothing of one that failed, and go on from it', async () => {
    await expect(run([MakeSpec1700000000001, BreakSpec1700000000003])).rejects.toThrow('division by zero');
    expect(await tables()).toEqual(['forgerun_migrations.forgerun_engine_migrations', 'spec.t']);
    expect(await run([MakeSpec1700000000001])).toBe(0);
  });

  it('of the log and the engine fit into one database', async () => {
    expect(await run(engineMigrations)).toBe(engineMigrations.length);
    const log = await migrate({
      connectionString: database.connectionString,
      migrations: logMigrations,
      migrationsTable: 'forgerun_log_migrations',
      onError: (error) => {
        throw error;
      },
    });
    expect(log).toBe(logMigrations.length);
  });
});
