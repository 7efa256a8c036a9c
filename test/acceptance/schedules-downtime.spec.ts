import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiDescription } from '../../src/platform/http/openapi/document.types.js';
import { onDatabase } from '../support/database-settings.js';
import { adminKey, type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logBeside } from '../support/event-store-under-test.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { madeBefore } from '../support/past-schedule.js';
import { total } from '../support/scrape.js';
import { spawnTs, type TsProcess } from '../support/spawn-ts.js';
import { type WatchedEngine, watchedEngine } from './observability.fixture.js';
import { messageFaults } from './openapi.fixture.js';
import { Receiver, register, verify } from './webhooks.fixture.js';

interface Occurrence {
  readonly due_at: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
}

interface Ledger {
  readonly id: string;
  readonly items: readonly Occurrence[];
}

const patienceMs = 240_000;
const job = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterAll(async () => {
  await database.drop();
});

async function create(api: Api, name: string, changes: object = {}): Promise<string> {
  const made = await api.post('/v1/schedules', { name, cron: '* * * * * *', timezone: 'UTC', job, ...changes });
  expect(made.status).toBe(201);
  return String(made.body['schedule_id']);
}

/** The whole ledger, oldest first. */
async function ledger(api: Api, id: string): Promise<readonly Occurrence[]> {
  const items: Occurrence[] = [];
  for (let cursor = ''; ;) {
    const page = await api.get<{ items: readonly Occurrence[]; next_cursor: string | null }>(
      `/v1/schedules/${id}/occurrences?limit=200${cursor}`,
    );
    expect(page.status).toBe(200);
    items.push(...page.body.items);
    if (page.body.next_cursor === null) return items.reverse();
    cursor = `&cursor=${page.body.next_cursor}`;
  }
}

const firedAfter = (at: number) => (items: readonly Occurrence[]) =>
  items.some(({ outcome, due_at }) => outcome === 'FIRED' && Date.parse(due_at) > at);

async function untilLedger(api: Api, id: string, holds: (items: readonly Occurrence[]) => boolean): Promise<void> {
  const path = `/v1/schedules/${id}/occurrences`;
  await api.until<{ items: readonly Occurrence[] }>(path, ({ body }) => holds(body.items));
}

/** No second is left out, and none comes twice. */
function expectEverySecond(items: readonly Occurrence[]): void {
  const times = items.map(({ due_at }) => Date.parse(due_at));
  expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 1000));
}

async function startProcess(): Promise<TsProcess> {
  const node = spawnTs('test/support/forgerun.ts', ['start'], {
    ...process.env,
    FORGERUN_PORT: '0',
    ...(await logBeside(database.connectionString)),
    ...onDatabase(database.connectionString),
    FORGERUN_ADMIN_KEY: adminKey,
    FORGERUN_LOG_LEVEL: 'error',
    FORGERUN_SYNTHETIC_TIME_SCALE: '0.01',
  });
  for (;;) if ((await node.line()).startsWith('forgerun ready')) return node;
}

describe('schedules on two nodes', () => {
  it(
    'submit exactly one job per tick while one of them is killed and comes back',
    async () => {
      const engine = await startTestEngine({ database });
      let node = await startProcess();
      try {
        const { api } = await engine.api.newClient();
        const ids = await Promise.all(['a', 'b', 'c'].map((name) => create(api, name)));
        const [first = ''] = ids;
        await untilLedger(api, first, (items) => items.length >= 2);
        node.child.kill('SIGKILL');
        await node.ended;
        const killedAt = Date.now();
        await untilLedger(api, first, firedAfter(killedAt + 1_000));
        node = await startProcess();
        await untilLedger(api, first, firedAfter(Date.now() + 1_000));
        for (const id of ids) await api.post(`/v1/schedules/${id}/pause`);
        for (const id of ids) {
          // What was due before the pause is accounted for before the first tick of it.
          await untilLedger(api, id, (all) => all.some(({ reason }) => reason === 'paused'));
          const items = await ledger(api, id);
          expectEverySecond(items);
          const fired = items.flatMap(({ job_id }) => (job_id === null ? [] : [job_id]));
          expect(fired).toHaveLength(items.filter(({ outcome }) => outcome === 'FIRED').length);
          for (const jobId of fired) await api.until(`/v1/jobs/${jobId}`, ({ body }) => body['state'] === 'SUCCEEDED');
          const jobs = await api.get<{ items: readonly { job_id: string }[] }>(`/v1/jobs?limit=200&schedule_id=${id}`);
          expect(jobs.body.items.map(({ job_id }) => job_id).sort()).toEqual(fired.sort());
        }
      } finally {
        node.child.kill('SIGKILL');
        await node.ended;
        await engine.stop();
      }
    },
    patienceMs,
  );
});

describe('schedules after a downtime', () => {
  let engine: Engine;
  afterAll(async () => {
    await engine.stop();
  });

  it(
    'account for every tick of it, each by its own policy',
    async () => {
      engine = await startTestEngine({ database });
      const { api: before } = await engine.api.newClient();
      const policies = ['skip', 'fire_once', 'fire_all'] as const;
      const ids = await Promise.all(policies.map((missed) => create(before, missed, { missed })));
      const paused = await create(before, 'paused', { paused: true });
      for (const id of ids) await untilLedger(before, id, firedAfter(0));
      await engine.stop();
      const stoppedAt = Date.now();
      // The downtime itself: longer than the five seconds by which such a tick may be late.
      await sleep(10_000);
      engine = await startTestEngine({ database });
      const api = before.at(engine.url);
      const backAt = Date.now();
      for (const id of ids) await untilLedger(api, id, firedAfter(backAt));
      for (const id of [...ids, paused]) await api.post(`/v1/schedules/${id}/pause`);
      const [skipped = [], once = [], all = [], idle = []] = await Promise.all(
        [...ids, paused].map((id) => ledger(api, id)),
      );
      for (const items of [skipped, once, all, idle]) expectEverySecond(items);

      const during = (items: readonly Occurrence[]): string[] =>
        items
          .filter(({ due_at }) => Date.parse(due_at) > stoppedAt && Date.parse(due_at) <= stoppedAt + 8_000)
          .map(({ outcome, reason }) => (reason === null ? outcome : `${outcome} ${reason}`));
      expect(during(skipped)).toHaveLength(8);
      expect(new Set(during(skipped))).toEqual(new Set(['MISSED late']));
      expect(new Set(during(once))).toEqual(new Set(['MISSED late']));
      expect(new Set(during(all).slice(0, 2))).toEqual(new Set(['FIRED late']));
      expect(during(all).every((word) => word.startsWith('FIRED'))).toBe(true);
      expect(new Set(during(idle))).toEqual(new Set(['SKIPPED paused']));
    },
    patienceMs,
  );
});

describe('schedules that are changed while only the API runs', () => {
  it(
    'account for every tick of that outage once, each by its own policy, whatever was asked meanwhile',
    async () => {
      const apiAlone = await startTestEngine({ database, env: { FORGERUN_ROLES: 'api,projector' } });
      let whole = await startTestEngine({ database });
      try {
        const { api } = await apiAlone.api.newClient();
        const policies = ['skip', 'fire_once', 'fire_all'] as const;
        const ids = await Promise.all(policies.map((missed) => create(api, `asked ${missed}`, { missed })));
        for (const id of ids) await untilLedger(api, id, firedAfter(0));
        await whole.stop();
        const stoppedAt = Date.now();
        // The outage itself: long enough to be one, before and after what is asked in it.
        await sleep(7_000);
        const answers: { status: number; body: object }[] = [];
        const asked = async (path: string) => {
          for (const id of ids) answers.push(await api.post(`/v1/schedules/${id}/${path}`));
        };
        await asked('trigger');
        for (const id of ids) answers.push(await api.call('PATCH', `/v1/schedules/${id}`, { name: `changed ${id}` }));
        await asked('pause');
        await asked('resume');
        expect(answers.filter(({ status }) => status !== 200 && status !== 202)).toEqual([]);
        await sleep(5_000);
        whole = await startTestEngine({ database });
        for (const id of ids) await untilLedger(api, id, firedAfter(Date.now()));
        await asked('pause');
        const isPaused = ({ outcome, due_at }: Occurrence) =>
          outcome === 'SKIPPED' && Date.parse(due_at) > stoppedAt + 12_000;
        for (const id of ids) await untilLedger(api, id, (items) => items.some(isPaused));
        const ledgers = await Promise.all(ids.map((id) => ledger(api, id)));
        const ticks = ledgers.map((items) => items.filter(({ reason }) => reason !== 'triggered'));
        for (const items of ticks) expectEverySecond(items);
        for (const items of ledgers) expect(items.filter(({ reason }) => reason === 'triggered')).toHaveLength(1);
        const during = ticks.map((items) =>
          items
            .filter(({ due_at }) => Date.parse(due_at) > stoppedAt && Date.parse(due_at) <= stoppedAt + 10_000)
            .filter(({ reason }) => reason !== 'paused')
            .map(({ outcome }) => outcome),
        );
        expect(during.map((outcomes) => [...new Set(outcomes)])).toEqual([['MISSED'], ['MISSED'], ['FIRED']]);
      } finally {
        await whole.stop();
        await apiAlone.stop();
      }
    },
    patienceMs,
  );
});

describe('a schedule whose ticks the engine comes to late', () => {
  const minute = 60_000;
  let engine: WatchedEngine;
  let client: Api;
  let model: string;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.open();
    engine = await watchedEngine({ env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' } });
    ({ api: client } = await engine.api.newClient());
    model = await create(client, 'model', { cron: '* * * * *', missed: 'skip' });
  }, 240_000);
  afterAll(async () => {
    await engine.stop();
    await receiver.close();
  });
  const comesTo = async (agoMs: number): Promise<Ledger> => {
    const id = await madeBefore(engine.database.connectionString, model, agoMs);
    await client.until<{ items: readonly Occurrence[] }>(
      `/v1/schedules/${id}/occurrences?limit=200`,
      ({ status, body }) => status === 200 && body.items.length >= agoMs / minute - 1,
    );
    return { id, items: await ledger(client, id) };
  };
  const wordsOf = (items: readonly Occurrence[]): string[] =>
    items.map(({ outcome, reason }) => (reason === null ? outcome : `${outcome} ${reason}`));

  it(
    'loses those that nothing was there to fire, counts them, and tells who listens, also once more',
    async () => {
      const { id: webhookId, secret } = await register(client, `${receiver.url}/missed`, ['schedule.missed']);
      const before = new Date(Date.now() - minute).toISOString();
      const { id, items } = await comesTo(20 * minute);
      expect(new Set(wordsOf(items).slice(0, 18))).toEqual(new Set(['MISSED late']));
      expect(total(await engine.scrape(), 'schedule_ticks_missed_total')).toBeGreaterThanOrEqual(18);

      const [told] = await receiver.until((received) => received.length === 1);
      if (told === undefined) throw new Error('nothing was told');
      expect(() => verify(secret, told)).not.toThrow();
      const missed = items.filter(({ outcome }) => outcome === 'MISSED').map(({ due_at }) => due_at);
      expect(told.event).toMatchObject({ type: 'forgerun.schedule.missed', subject: id, sequence: '0000000001' });
      expect(told.event.data.event).toMatchObject({ event_name: 'OccurrencesMissed', schedule_id: id, due_at: missed });

      const { body: document } = await client.get<ApiDescription>('/openapi.json');
      expect(messageFaults(document, told.body, told.headers['content-type'])).toEqual([]);

      const wanted = { from: before, types: ['schedule.missed'] };
      expect((await client.post(`/v1/webhooks/${webhookId}/replay`, wanted)).status).toBe(202);
      const [, again] = await receiver.until((received) => received.length === 2);
      expect(again).toMatchObject({ id: told.id, body: told.body, headers: { 'forgerun-replay': 'true' } });
    },
    patienceMs,
  );

  it(
    'fires all others, however late, and measures how late',
    async () => {
      const pool = poolAt(engine.database.connectionString, 1);
      await pool.query(`update forgerun_engine.uptimes set began_at = began_at - interval '2 hours'`);
      await pool.end();
      const missedBefore = total(await engine.scrape(), 'schedule_ticks_missed_total');
      // What a node knows of outages it keeps for a second.
      await sleep(1_100);
      const { items } = await comesTo(20 * minute);
      expect(new Set(wordsOf(items).slice(0, 18))).toEqual(new Set(['FIRED late']));
      const times = items.map(({ due_at }) => Date.parse(due_at));
      expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * minute));
      const scrape = await engine.scrape();
      expect(total(scrape, 'schedule_ticks_missed_total')).toBe(missedBefore);
      const late =
        total(scrape, 'schedule_tick_lateness_seconds_count') -
        total(scrape, 'schedule_tick_lateness_seconds_bucket', { le: '300' });
      expect(late).toBeGreaterThanOrEqual(14);
    },
    patienceMs,
  );
});
