import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import {
  type AppendOutcome,
  type EventStore,
  StoreUnavailable,
} from '../../src/engine/event-store/event-store.port.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { keepsThePromisesOfAnEventStore } from './event-store.suite.js';
import { type Sharing, sharesItsStore } from './shared-store.suite.js';
import { appendTo, collect, newCategory, newEvent } from './event-store.cases.js';
import { NaiveEventStore } from './naive-event-store.js';
import { readerMissesNothing } from './position-reader.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterAll(async () => {
  await database.drop();
});

const queries = jest.spyOn(pg.Pool.prototype, 'query');
const reads = (): number =>
  queries.mock.calls.filter(([query]) => (query as unknown as { name?: string }).name?.startsWith('read-')).length;

const failures: Error[] = [];
const open = (
  options: { readonly recentEvents?: number; readonly pollMs?: number } & Partial<Sharing> = {},
): Promise<EventStore> =>
  PostgresEventStore.open({
    connection: { connectionString: database.connectionString },
    onError: (error) => failures.push(error),
    ...options,
  });

describe('the Postgres event store', () => {
  keepsThePromisesOfAnEventStore(() => ({ open }));
  sharesItsStore(() => ({ open, url: database.connectionString, reads }));

  const opened: EventStore[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  it('settles every append although its connections are cut all the time', async () => {
    const store = await open();
    opened.push(store);
    const category = newCategory();
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    const settled: { readonly stream: string; readonly outcome: AppendOutcome }[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 40; n += 1) {
        const stream = `${category}-${writer}-${n}`;
        settled.push({ stream, outcome: await appendTo(store, stream, 'no_stream', newEvent(), newEvent()) });
        if (n % 10 === 0)
          await admin.query(
            `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'forgerun:%:log-writer'`,
          );
      }
    });
    await Promise.all(writers);
    await admin.end();
    expect(settled.every(({ outcome }) => outcome.kind === 'appended')).toBe(true);
    const streams = await store.readStreams(settled.map(({ stream }) => stream));
    expect(streams.every(({ events }) => events.length === 2)).toBe(true);
  });

  it('calls itself unavailable while its server is away, and not for a fault of a statement or of the program', async () => {
    const store = await open();
    opened.push(store);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    const stream = `${newCategory()}-1`;
    const missing = { code: '42P01' };
    await admin.query('alter table forgerun_log.events rename to elsewhere');
    try {
      await expect(store.readStream(stream)).rejects.toMatchObject(missing);
      await expect(store.readAll({ limit: 1 })).rejects.toMatchObject(missing);
      await expect(store.deleteStream(stream, 0)).rejects.toMatchObject(missing);
      await expect(appendTo(store, stream, 'no_stream', newEvent())).rejects.toMatchObject(missing);
    } finally {
      await admin.query('alter table forgerun_log.elsewhere rename to events');
      await admin.end();
    }
    expect(await appendTo(store, stream, 'no_stream', newEvent())).toMatchObject({ kind: 'appended' });
    const answer = jest.spyOn(pg.Client.prototype, 'query');
    try {
      for (const [error, wanted] of [
        [new TypeError('x is not a function'), TypeError],
        [Object.assign(new Error('terminated'), { code: '57P01' }), StoreUnavailable],
      ] as const) {
        answer.mockImplementation(() => {
          throw error;
        });
        await expect(store.deleteStream(stream, 0)).rejects.toThrow(wanted);
      }
    } finally {
      answer.mockRestore();
    }
  });

  it('feeds a reader from the table when memory no longer holds what it wants', async () => {
    const store = await open({ recentEvents: 10 });
    opened.push(store);
    const category = newCategory();
    const after = await store.head();
    const seen = collect(store, { after, filter: { streamPrefixes: [`${category}-`] }, maxBatch: 5 });
    const release = seen.hold();
    for (let n = 0; n < 200; n += 1) await appendTo(store, `${category}-${n}`, 'no_stream', newEvent(`E${n}`));
    release();
    await seen.until(200);
    expect(seen.events.map(({ event }) => event.type)).toEqual(Array.from({ length: 200 }, (_, n) => `E${n}`));
    await seen.stop();
  });

  it('shows every event once, whether it came from memory or from the table that is being looked at meanwhile', async () => {
    const [store, other] = await Promise.all([open({ pollMs: 1 }), open()]);
    opened.push(store, other);
    const category = newCategory();
    const seen = collect(store, { after: await store.head(), filter: { streamPrefixes: [`${category}-`] } });
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 50; n += 1)
        await appendTo(writer < 6 ? store : other, `${category}-${writer}-${n}`, 'no_stream', newEvent(), newEvent());
    });
    await Promise.all(writers);
    await seen.until(800);
    await seen.stop();
    const positions = seen.events.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((one, next) => Number(one - next)));
    expect(new Set(seen.events.map(({ id }) => id)).size).toBe(seen.events.length);
    expect(seen.events).toHaveLength(800);
  });

  it('goes on with appends that waited for their turn, however long the one before them took', async () => {
    const slow = await PostgresEventStore.open({
      connection: { connectionString: database.connectionString },
      onError: () => undefined,
      retryMs: 300,
    });
    opened.push(slow);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    await admin.query('begin');
    await admin.query('select position from forgerun_log.head for update');
    const category = newCategory();
    const first = appendTo(slow, `${category}-1`, 'no_stream');
    await untilWriterWaits(admin);
    const second = appendTo(slow, `${category}-2`, 'no_stream');
    // Longer than a failing log would be asked again.
    await admin.query('select pg_sleep(0.5)');
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'forgerun:%:log-writer'`,
    );
    await admin.query('rollback');
    await admin.end();
    expect([await first, await second]).toMatchObject([{ kind: 'appended' }, { kind: 'appended' }]);
  });

  it('answers unknown in time while the log is busy with others', async () => {
    const slow = await PostgresEventStore.open({
      connection: { connectionString: database.connectionString },
      onError: () => undefined,
      answerMs: 400,
    });
    opened.push(slow);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    await admin.query('begin');
    await admin.query('select position from forgerun_log.head for update');
    const category = newCategory();
    const sent = appendTo(slow, `${category}-1`, 'no_stream');
    await untilWriterWaits(admin);
    const inLine = appendTo(slow, `${category}-2`, 'no_stream');
    expect([await sent, await inLine]).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
    await admin.query('rollback');
    await admin.end();
  });

  it('answers unknown, not failed, when nobody can say what became of an append', async () => {
    const away = await PostgresEventStore.open({
      connection: { connectionString: database.connectionString },
      onError: (error) => failures.push(error),
      retryMs: 300,
    });
    opened.push(away);
    const admin = new pg.Client({ connectionString: database.connectionString });
    await admin.connect();
    await admin.query('begin');
    // The transaction that holds the head keeps every flush from ending.
    await admin.query('select position from forgerun_log.head for update');
    await admin.query(`set local lock_timeout = 0`);
    const outcome = appendTo(away, `${newCategory()}-1`, 'no_stream');
    const cut = setInterval(() => {
      admin
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'forgerun:%:log-writer'`,
        )
        .catch((error: unknown) => failures.push(error as Error));
    }, 50);
    expect(await outcome).toMatchObject({ kind: 'unknown' });
    clearInterval(cut);
    await admin.query('rollback');
    await admin.end();
  });
});

async function untilWriterWaits(admin: pg.Client): Promise<void> {
  for (;;) {
    // Within a transaction the activities are those of the first look.
    await admin.query('select pg_stat_clear_snapshot()');
    const { rowCount } = await admin.query(
      `select from pg_stat_activity where application_name like 'forgerun:%:log-writer' and wait_event_type = 'Lock'
         and datname = current_database()`,
    );
    if (rowCount !== null && rowCount > 0) return;
  }
}

describe('the check of positions', () => {
  it('notices a log that hands positions out of order', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => NaiveEventStore.open(database.connectionString)));
    let missed = 0;
    // Chance decides each round; a handful of rounds without a miss does not happen.
    for (let round = 0; round < 10 && missed === 0; round += 1) {
      const verdict = await readerMissesNothing(stores.slice(1), stores[0] as EventStore, {
        writers: 8,
        appendsEach: 40,
      });
      missed = verdict.missed;
    }
    await Promise.all(stores.map((store) => store.close()));
    expect(missed).toBeGreaterThan(0);
  }, 240_000);
});
