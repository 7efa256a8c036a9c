import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFollowerPool } from '../../src/platform/postgres/keyed-pools.js';
import { type Leadership } from '../../src/engine/followers/leadership.js';
import { Notifications } from '../../src/engine/followers/notifications.js';
import { onFlushRequest, requestFlush } from '../../src/engine/projector/flush-requests.js';
import { KnownProgress } from '../../src/engine/projector/projection-progress.js';
import { ProgressFeed } from '../../src/engine/projector/progress-feed.js';
import { counted, dyingAt, expected, Fixture, watched } from './followers.fixture.js';

describe('a follower', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.open();
  });
  afterEach(async () => {
    await fixture.reset();
  });
  afterAll(async () => {
    await fixture.close();
  });

  const tellMany = async (events: number): Promise<void> => {
    for (let n = 0; n < events; n += 1) await fixture.store.tell(`count-${n % 11}`, counted(n));
  };
  const withoutBad = () =>
    expected(fixture.store.log.filter(({ stream, revision }) => stream !== 'count-bad' || revision === 0));

  describe.each(['follower.elected', 'follower.batch', 'follower.write', 'follower.written'])(
    'killed at %s',
    (step) => {
      it.each([1, 2, 3, 5])('for the %s. time leaves what the next instance completes', async (nth) => {
        await tellMany(40);
        await fixture.store.tell('count-bad', counted(1), counted(-1), counted(2));
        await tellMany(40);
        const { steps, dead } = dyingAt(step, step === 'follower.elected' ? 1 : nth);
        const victim = await fixture.instance({ steps });
        await dead;
        await fixture.stop(victim);
        const heir = await fixture.instance();
        expect(await heir.reached(await fixture.store.head())).toBe(true);
        expect(await fixture.tables()).toEqual(withoutBad());
      });
    },
  );

  it.each(['follower.write', 'follower.written'])(
    'killed at %s while it applies what waited completes it later',
    async (step) => {
      const { reports, next } = watched();
      const first = await fixture.instance({ reports });
      await fixture.store.tell('count-bad', counted(1), counted(-1), counted(2), counted(3), counted(4));
      await next('parked');
      await first.reached(await fixture.store.head());
      await fixture.stop(first);
      await fixture.admin.query(`update forgerun_engine.parked_streams set verdict = 'skip', actor = 'key:1'`);
      for (let nth = 1; nth <= 3; nth += 1) {
        const { steps, dead } = dyingAt(step, nth);
        const victim = await fixture.instance({ steps });
        if (nth < 3) await dead;
        await fixture.stop(victim);
      }
      const later = watched();
      const heir = await fixture.instance({ reports: later.reports });
      while ((await heir.followers.parked()).length > 0) await sleep(5);
      const events = fixture.store.log.filter(({ revision }) => revision !== 1);
      expect(await fixture.tables()).toEqual(expected(events));
    },
  );

  it('run twice at once writes everything once', async () => {
    await tellMany(100);
    let number = 0n;
    const everybodyWins = (): Leadership =>
      ({
        start: () => undefined,
        stop: () => Promise.resolve(),
        elect: () => {
          number += 1n;
          return Promise.resolve({ number, lost: new AbortController().signal, resign: () => Promise.resolve() });
        },
      }) as unknown as Leadership;
    const [one, two] = await Promise.all([
      fixture.instance({ leadership: everybodyWins() }),
      fixture.instance({ leadership: everybodyWins() }),
    ]);
    for (let round = 0; round < 20; round += 1) {
      await tellMany(20);
      const head = await fixture.store.head();
      expect(await Promise.all([one.reached(head), two.reached(head)])).toEqual([true, true]);
    }
    expect(await fixture.tables()).toEqual(expected(fixture.store.log));
    const superseded = [one, two].map(async ({ followers }) => (await followers.status())[0]?.counters.superseded ?? 0);
    expect(Math.max(...(await Promise.all(superseded)))).toBeGreaterThan(0);
  });

  it('outlasts connections that are cut all the time', async () => {
    const instance = await fixture.instance();
    const enough = new AbortController();
    const cut = (async () => {
      while (!enough.signal.aborted) {
        await fixture.admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and application_name like 'forgerun:%'`,
        );
        await sleep(15);
      }
    })();
    for (let round = 0; round < 30; round += 1) {
      await tellMany(20);
      await sleep(10);
    }
    enough.abort();
    await cut;
    expect(await instance.reached(await fixture.store.head())).toBe(true);
    expect(await fixture.tables()).toEqual(expected(fixture.store.log));
    expect(await instance.followers.parked()).toEqual([]);
  });

  describe('progress in a process that does not project', () => {
    const connection = () => ({
      connectionString: fixture.database.connectionString,
      name: 'feed',
      onError: () => undefined,
      statementTimeoutMs: 5_000,
    });

    it.each([
      ['by notification', true, 60_000],
      ['by looking, when notifications are lost', false, 20],
    ])('arrives %s', async (_how, hears, pollMs) => {
      const pool = openFollowerPool({ ...connection(), max: 1 });
      const notifications = new Notifications({ connectionString: fixture.database.connectionString });
      const known = new KnownProgress();
      const feed = new ProgressFeed(pool, notifications, known, () => undefined, pollMs);
      if (hears) await notifications.start();
      feed.start();
      await fixture.instance();
      expect(await known.waitFor('tallies', await fixture.store.tell('count-n', counted(1)), 120_000)).toBe(true);
      await feed.stop();
      await notifications.stop();
      await pool.end();
    });

    it.each([
      ['before it is there', false],
      ['when it is there and not saved', true],
    ])('arrives where it brought nothing to write, for who asks %s', async (_when, isThere) => {
      const pool = openFollowerPool({ ...connection(), max: 1 });
      const { connectionString } = fixture.database;
      const [here, there] = [new Notifications({ connectionString }), new Notifications({ connectionString })];
      const known = new KnownProgress();
      const failed = (error: Error): void => {
        throw error;
      };
      // Neither side looks by itself within the time of a test.
      const feed = new ProgressFeed(pool, here, known, failed, 3_600_000);
      const instance = await fixture.instance({ tickMs: 3_600_000 });
      const parts = { pool, onError: failed };
      const asking = requestFlush({ ...parts, progress: known, notifications: here });
      const asked = onFlushRequest({ ...parts, progress: instance.progress, notifications: there }, instance.followers);
      await Promise.all([here.start(), there.start()]);
      feed.start();
      const tell = (): Promise<bigint> => fixture.store.tell('other-1', counted(1));
      const written = await fixture.store.tell('count-1', counted(1));
      await instance.reached(written);
      const position = isThere ? await tell() : written + 1n;
      if (isThere) await instance.reached(position);
      const waiting = known.waitFor('tallies', position, 120_000);
      if (!isThere) {
        await once(there);
        await tell();
      }
      expect(await waiting).toBe(true);
      asking();
      asked();
      await feed.stop();
      await Promise.all([here.stop(), there.stop()]);
      await pool.end();
    });
  });
});

/** Resolves with the next request for a flush that arrives. */
const once = (notifications: Notifications): Promise<void> =>
  new Promise((resolve) => {
    notifications.on('forgerun_flush_requests', () => {
      resolve();
    });
  });
