import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { isTransient } from '../../src/platform/postgres/errors.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { blackHole } from '../support/black-hole.js';
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

/** Longer than a silence that is ended. */
class SlowSpec1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('select pg_sleep(5)');
  }
  down(): Promise<void> {
    return Promise.reject(new Error('forward only'));
  }
}

/** As a process that stands still in the middle of it. */
class FrozenSpec1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema frozen');
    await sleep(2_000);
    await runner.query('create table frozen.t (n int)');
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

const run = (migrations: readonly (new () => MigrationInterface)[], silenceMs?: number): Promise<number> =>
  migrate({
    connectionString: database.connectionString,
    migrations,
    migrationsTable: 'forgerun_engine_migrations',
    // A turn that is lost also breaks its connection, which the migration itself answers with.
    onError: (error) => {
      if (silenceMs === undefined) throw error;
    },
    ...(silenceMs === undefined ? {} : { silenceMs }),
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

  it('wait for a process that takes its time, and not for one that has fallen silent with the turn', async () => {
    const silenceMs = 4_000;
    const slow = run([SlowSpec1700000000004], silenceMs);
    const connection = new pg.Client({ connectionString: database.connectionString });
    connection.on('error', () => undefined);
    await connection.connect();
    const isHeld = async (): Promise<boolean> => {
      const { rows } = await connection.query<{ held: boolean }>(
        `select count(*) > 0 as held from pg_locks where locktype = 'advisory' and objsubid = 2`,
      );
      return rows[0]?.held === true;
    };
    while (!(await isHeld())) await sleep(5);
    expect(await run([SlowSpec1700000000004], silenceMs)).toBe(0);
    expect(await slow).toBe(1);
    // As a process that is frozen holds it: the session stands, and nothing is said on it.
    await connection.query(
      `select pg_advisory_lock(hashtext('forgerun_migrations'), hashtext('forgerun_engine_migrations'))`,
    );
    const ended = new Promise((resolve) => connection.once('end', resolve));
    expect(await run([SlowSpec1700000000004, MakeSpec1700000000001], silenceMs)).toBe(1);
    await ended;
  }, 240_000);

  it('stop where another process has taken the turn', async () => {
    const slow = run([SlowSpec1700000000004], 100_000);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    // Of this database alone: other specs have theirs in the same server.
    const end = `
      select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objsubid = 2 and granted
        and database = (select oid from pg_database where datname = current_database())`;
    const failed = slow.then(
      () => null,
      (error: unknown) => error,
    );
    while ((await admin.query(end)).rowCount === 0) await sleep(5);
    const error = await failed;
    expect(String(error)).toMatch(/went to another process|terminat/);
    // A start tries again, and finds what the other process has done.
    expect(isTransient(error)).toBe(true);
    await admin.end();
  });

  it('are worth another try where the process stood still in the middle and lost its transaction', async () => {
    const error = await run([FrozenSpec1700000000005], 500).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(isTransient(error)).toBe(true);
    expect(await run([FrozenSpec1700000000005])).toBe(1);
  });

  it('are given up where the server falls silent, which is asked once and not again and again', async () => {
    const hole = await blackHole(database.connectionString);
    const errors: Error[] = [];
    const slow = migrate({
      connectionString: hole.connectionString,
      migrations: [SlowSpec1700000000004],
      migrationsTable: 'forgerun_engine_migrations',
      onError: (error) => errors.push(error),
      silenceMs: 200,
    });
    const failed = expect(slow).rejects.toThrow(/said nothing|went to another process/);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    while ((await admin.query(sleeping)).rowCount === 0) await sleep(5);
    await admin.end();
    hole.swallow('all');
    await failed;
    // Of the one question, and of each connection.
    expect(errors.length).toBeLessThan(8);
    await hole.close();
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
