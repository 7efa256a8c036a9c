import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Pool, type PoolClient } from 'pg';
import { isTransient } from '../../src/platform/postgres/errors.js';
import { inTransaction } from '../../src/platform/postgres/in-transaction.js';
import { clientConfig, newClient, openPool, type PoolOptions } from '../../src/platform/postgres/pools.js';
import { ServerSilent } from '../../src/platform/postgres/silence.js';
import { blackHole, type BlackHole } from '../support/black-hole.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

/** Short, so that the tests are; a probe is patient all the same. */
const silence = { tickMs: 20, doubtMs: 100, probeMs: 2_000, goodbyeMs: 200 };

let database: TestDatabase;
let way: BlackHole;
const pools: Pool[] = [];

function pool(options: Partial<PoolOptions> = {}): Pool {
  const opened = openPool({
    connectionString: way.connectionString,
    name: 'spec',
    max: 2,
    statementTimeoutMs: 0,
    onError: () => undefined,
    silence,
    ...options,
  });
  pools.push(opened);
  return opened;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it was answered',
    (error: unknown) => error,
  );

beforeAll(async () => {
  database = await testDatabase({ empty: true });
});

beforeEach(async () => {
  way = await blackHole(database.connectionString);
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((opened) => opened.end()));
  await way.close();
});

afterAll(() => database.drop());

describe('a connection that falls silent', () => {
  it.each([{ pipeline: false }, { pipeline: true }])(
    'fails what was asked on it, and is replaced (%o)',
    async ({ pipeline }) => {
      const one = pool({ max: 1, pipeline });
      await one.query('select 1');
      way.swallow('open');
      const failure = await failureOf(one.query('select 2'));
      expect(failure).toBeInstanceOf(ServerSilent);
      expect(isTransient(failure)).toBe(true);
      expect((await one.query('select 3 as n')).rows).toEqual([{ n: 3 }]);
    },
  );

  it('is given up at once by a transaction, which does not ask it to roll back', async () => {
    const one = pool({ max: 1 });
    const failure = await failureOf(
      inTransaction(one, async (client) => {
        way.swallow('open');
        await client.query('select 1');
      }),
    );
    expect(failure).toBeInstanceOf(ServerSilent);
    expect(one.totalCount).toBe(0);
  });

  it('takes the idle ones of the same server with it, in every pool', async () => {
    const [first, second] = [pool({ max: 1 }), pool({ max: 3 })];
    const borrowed = await Promise.all([second.connect(), second.connect(), second.connect()]);
    const [kept, ...given] = borrowed as [PoolClient, ...PoolClient[]];
    const closed = given.map(
      (client) =>
        new Promise((resolve) =>
          client.once('end', () => {
            resolve(client);
          }),
        ),
    );
    for (const client of given) client.release();
    await first.query('select 1');
    way.swallow('open');
    expect(await failureOf(first.query('select 2'))).toBeInstanceOf(ServerSilent);
    await Promise.all(closed);
    // The one that is lent out has its own answer to wait for.
    expect(second.totalCount).toBe(1);
    expect(await failureOf(kept.query('select 3'))).toBeInstanceOf(ServerSilent);
    kept.release(true);
  });

  it('is noticed although the server has no limit for the statement and the question never got there', async () => {
    const client = newClient(
      clientConfig({
        connectionString: way.connectionString,
        name: 'migrate',
        statementTimeoutMs: 0,
        onError: () => undefined,
      }),
      () => undefined,
      silence,
    );
    await client.connect();
    way.swallow('open');
    expect(await failureOf(client.query('select pg_sleep(0)'))).toBeInstanceOf(ServerSilent);
  });

  it('does not hold up a goodbye', async () => {
    const one = pool();
    await one.query('select 1');
    const client = await one.connect();
    way.swallow('open');
    const ended = new Promise((resolve) =>
      client.once('end', () => {
        resolve(client);
      }),
    );
    client.release(true);
    await ended;
  });
});

describe('a server that hangs', () => {
  it('is given up by old connections, and by new ones within the time to connect', async () => {
    const one = pool({ max: 1, connectTimeoutMs: 300, silence: { ...silence, probeMs: 300 } });
    await one.query('select 1');
    way.swallow('all');
    expect(await failureOf(one.query('select 2'))).toBeInstanceOf(ServerSilent);
    expect(isTransient(await failureOf(one.query('select 3')))).toBe(true);
    way.pass();
    expect((await one.query('select 4 as n')).rows).toEqual([{ n: 4 }]);
  });
});

describe('a statement that takes long', () => {
  it.each([{ pipeline: false }, { pipeline: true }])(
    'is waited for while its server is at work on it (%o)',
    async ({ pipeline }) => {
      const one = pool({ max: 1, pipeline });
      await one.query('select 1');
      const before = way.opened;
      expect((await one.query("select pg_sleep(1.5), 'slept' as said")).rows).toMatchObject([{ said: 'slept' }]);
      // It was doubted, and the server was asked.
      expect(way.opened).toBeGreaterThan(before);
    },
  );

  it('is waited for while it waits for a lock', async () => {
    const two = pool({ lockTimeoutMs: 0 });
    const holder = await two.connect();
    await holder.query('select pg_advisory_lock(1)');
    const waiting = two.query('select pg_advisory_lock(1)');
    const before = way.opened;
    while (way.opened < before + 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await holder.query('select pg_advisory_unlock(1)');
    await expect(waiting).resolves.toMatchObject({ rowCount: 1 });
    holder.release();
  });
});
