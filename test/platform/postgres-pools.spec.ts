import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type Pool } from 'pg';
import { AlignedClock } from '../../src/platform/clock/aligned-clock.js';
import { isTransient } from '../../src/platform/postgres/errors.js';
import { inTransaction } from '../../src/platform/postgres/in-transaction.js';
import { openFollowerPool, openQueuePool } from '../../src/platform/postgres/keyed-pools.js';
import { openPool, type PoolOptions, withClient } from '../../src/platform/postgres/pools.js';
import { refuseUnsafeSettings } from '../../src/platform/postgres/refuse-unsafe-settings.js';
import { databaseNameIn, testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
const pools: Pool[] = [];
const errors: Error[] = [];

function pool(options: Partial<PoolOptions> = {}): Pool {
  const opened = openPool({
    connectionString: database.connectionString,
    name: 'spec',
    max: 2,
    statementTimeoutMs: 5_000,
    onError: (error) => errors.push(error),
    ...options,
  });
  pools.push(opened);
  return opened;
}

beforeAll(async () => {
  database = await testDatabase({ empty: true });
  await pool().query('create table t (n int primary key)');
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((opened) => opened.end()));
  errors.length = 0;
});

afterAll(() => database.drop());

describe('every connection', () => {
  it('has no statement compiled by the server: what looks dear to it is not', async () => {
    const { connectionString } = database;
    // As on servers that were built with LLVM.
    await pool().query(`alter database ${databaseNameIn(connectionString)} set jit = on`);
    const options = { connectionString, name: 'spec', max: 1, statementTimeoutMs: 5_000, onError: () => undefined };
    const jit = 'show jit';
    for (const open of [openPool, openQueuePool, openFollowerPool]) {
      const opened = open(options);
      pools.push(opened);
      expect((await opened.query(jit)).rows).toEqual([{ jit: 'off' }]);
    }
    expect((await withClient(options, (client) => client.query(jit))).rows).toEqual([{ jit: 'off' }]);
  });
});

/** Ends the server's side of every connection to this database but the asking one. */
const terminateAll = (by: Pool) =>
  by.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );

describe('a pool', () => {
  it('carries its limits and its name to the server', async () => {
    const { rows } = await pool({ name: 'api', statementTimeoutMs: 1_234 }).query<Record<string, string>>(
      `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
              current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`,
    );
    expect(rows).toEqual([{ statement: '1234ms', lock: '2s', idle: '10s', name: `forgerun:${process.pid}:api` }]);
  });

  it('survives the end of idle and of borrowed connections', async () => {
    const killer = pool();
    const victim = pool();
    const borrowed = await victim.connect();
    await victim.query('select 1');
    const heard = once(borrowed, 'error');
    await terminateAll(killer);
    await heard;
    borrowed.release(true);
    expect((await victim.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every(isTransient)).toBe(true);
  });

  it('gives up waiting for a connection instead of waiting for ever', async () => {
    const small = pool({ max: 1, connectTimeoutMs: 100 });
    const held = await small.connect();
    const refused: unknown = await small.query('select 1').catch((error: unknown) => error);
    expect(isTransient(refused)).toBe(true);
    held.release();
  });

  it('reads int8 as bigint when asked to, for itself only', async () => {
    const question = 'select 9007199254740993::int8 as n';
    expect((await pool({ int8: 'bigint' }).query(question)).rows).toEqual([{ n: 9007199254740993n }]);
    expect((await pool().query(question)).rows).toEqual([{ n: '9007199254740993' }]);
  });
});

describe('a transaction', () => {
  it('is everything or nothing', async () => {
    const opened = pool();
    await inTransaction(opened, (client) => client.query('insert into t values (1)'));
    const failed = inTransaction(opened, async (client) => {
      await client.query('insert into t values (2)');
      await client.query('insert into t values (1)');
    });
    await expect(failed).rejects.toThrow('duplicate key');
    expect((await opened.query('select n from t')).rows).toEqual([{ n: 1 }]);
    expect(opened.idleCount).toBe(opened.totalCount);
  });

  it('throws a broken connection away', async () => {
    const opened = pool({ max: 1 });
    const killer = pool();
    const lost = inTransaction(opened, async (client) => {
      await terminateAll(killer);
      await client.query('select 1');
    });
    expect(isTransient(await lost.catch((error: unknown) => error))).toBe(true);
    expect((await opened.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });
});

describe("the database's settings and time", () => {
  it('are accepted when safe', async () => {
    await expect(refuseUnsafeSettings(pool())).resolves.toBeUndefined();
  });

  it('are refused with every fault when not', async () => {
    const opened = pool({ max: 1 });
    await opened.query('set synchronous_commit = off');
    await expect(refuseUnsafeSettings(opened)).rejects.toThrow('synchronous_commit is off');
    const worst = {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      standby: true,
      version: 140_009,
      encoding: 'SQL_ASCII',
    };
    const asked = { query: () => Promise.resolve({ rows: [worst] }) } as unknown as Pick<Pool, 'query'>;
    await expect(refuseUnsafeSettings(asked)).rejects.toMatchObject({ faults: { length: 6 } });
  });

  it('align the clock', async () => {
    const moved = (ms: number) => errors.push(new Error(String(ms)));
    const clock = new AlignedClock({ onJump: moved, onStep: moved, onTrouble: () => undefined });
    const opened = pool();
    await clock.start(opened);
    const before = clock.now();
    const { rows } = await opened.query<{ ms: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
    );
    expect(rows[0]?.ms).toBeGreaterThan(before - 50);
    expect(rows[0]?.ms).toBeLessThan(clock.now() + 50);
    await clock.stop();
  });
});
