import { type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Api } from '../support/api.js';
import { DatabaseClock } from '../support/database-clock.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { leased, leasedOne, namesOf, submitted, whenIn } from './jobs.fixture.js';
import { Receiver, register } from './webhooks.fixture.js';

jest.setTimeout(240_000);

const env = { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' };

let database: TestDatabase;
let clock: DatabaseClock;
let engine: Engine;
let api: Api;
beforeEach(async () => {
  database = await testDatabase();
  clock = await DatabaseClock.of(database);
  engine = await startTestEngine({ database, env });
  ({ api } = await engine.api.newClient());
}, 240_000);
afterEach(async () => {
  await engine.stop();
  await database.drop();
});

const iso = (at: number): string => new Date(at).toISOString();

/** Submits a job that is due so many milliseconds from now by the database's clock. */
async function deferred(ms: number): Promise<{ readonly id: string; readonly dueAt: number }> {
  const dueAt = Math.ceil((await clock.now()) + ms);
  return { id: await submitted(api, { type: 'DEFERRED', execution_at: iso(dueAt) }), dueAt };
}

/** Waits until the engine has counted a step of the database's clock. */
async function whenSeen(direction: string): Promise<void> {
  const counted = new RegExp(`^database_clock_steps_total\\{[^}]*direction="${direction}"[^}]*\\} [1-9]`, 'm');
  while (!counted.test((await engine.api.get('/metrics')).text));
}

describe("a database's clock that is set back", () => {
  it('starts nothing before its instant by that clock, once it was seen', async () => {
    const queued = await deferred(300);
    await whenIn(api, queued.id, 'QUEUED');
    const waiting = await deferred(3_000);
    await clock.lead(-6_000);
    await whenSeen('backwards');
    // Due within seconds, and so it is taken: the engine's time for this is the database's.
    const added = await deferred(1_500);

    const dueAt = new Map([queued, waiting, added].map((each) => [each.id, each.dueAt]));
    const early: number[] = [];
    while (dueAt.size > 0)
      for (const { job_id } of await leased(api, { start: true, max_jobs: 10 })) {
        const leadMs = (dueAt.get(job_id) ?? Number.NaN) - (await clock.now());
        if (!(leadMs <= 0)) early.push(leadMs);
        dueAt.delete(job_id);
      }
    expect(early).toEqual([]);
  });

  it('ends an attempt that was started while it was back for a moment, whose worker is gone', async () => {
    const id = await submitted(api, { timeouts: { execution_ms: 3_000 }, retry: { max_attempts: 1 } });
    const { lease_id } = await leasedOne(api, { lease_ms: 2_000 });
    await clock.lead(-26_000);
    await whenSeen('backwards');
    const started = api.post(`/v1/leases/${lease_id}/start`, {});
    await clock.lead(0);
    expect([200, 409]).toContain((await started).status);
    if ((await started).status === 200) await whenIn(api, id, 'FAILED');
  });

  it('keeps no step of progress for longer than its second', async () => {
    const id = await submitted(api);
    const { lease_id } = await leasedOne(api, { start: true, lease_ms: 600_000 });
    await clock.lead(-60_000);
    await whenSeen('backwards');
    for (const percent of [60, 80]) await api.post(`/v1/leases/${lease_id}/heartbeat`, { progress: { percent } });
    await api.until(`/v1/jobs/${id}`, (job) => Number(job.body['progress']['percent']) === 80);
  });

  it('fires no tick of a schedule early', async () => {
    const job = { type: 'EXECUTE', work_kind: 'test.work' };
    const made = await api.post('/v1/schedules', {
      name: 'each',
      cron: '* * * * * *',
      timezone: 'UTC',
      job,
      missed: 'fire_all',
    });
    expect(made.status).toBe(201);
    await leasedOne(api, { start: true });
    await clock.lead(-4_000);
    await whenSeen('backwards');
    const begun = await clock.now();
    const fired = `/v1/schedules/${String(made.body['schedule_id'])}/occurrences?limit=200`;
    for (;;) {
      const { body } = await api.get<{ items: { due_at: string }[] }>(fired);
      const now = await clock.now();
      // What was fired before the clock was set back is ahead of it, up to where it stood then.
      const ahead = body.items.map(({ due_at }) => Date.parse(due_at)).filter((at) => at > now);
      expect(ahead.filter((at) => at > begun + 6_000)).toEqual([]);
      if (now > begun + 7_000) break;
    }
  });

  it('holds up no webhook, callback or test message that is wanted from then on', async () => {
    const receiver = await Receiver.open();
    await clock.lead(-3_600_000);
    await whenSeen('backwards');
    const { id } = await register(api, `${receiver.url}/hook`, ['job.created']);
    const jobId = await submitted(api, { callback: `${receiver.url}/callback` });
    await api.post(`/v1/webhooks/${id}/test`, {});
    const arrived = await receiver.until(
      (all) => all.filter(({ path }) => path === '/hook').length === 2 && all.length > 2,
    );
    const subjects = arrived
      .filter(({ event }) => event.type === 'forgerun.job.created')
      .map(({ event }) => event.subject);
    expect(new Set(subjects)).toEqual(new Set([jobId]));
    await receiver.close();
  });

  it('holds up no webhook that was wanted just before, and not tried yet', async () => {
    const receiver = await Receiver.open();
    const held: ServerResponse[] = [];
    receiver.answerWith((response) => held.push(response));
    await register(api, `${receiver.url}/hook`, ['job.created', 'job.queued']);
    await submitted(api);
    await receiver.until((all) => all.length === 1);
    const pool = poolAt(database.connectionString, 1);
    const planned = 'select count(*)::int as count from forgerun_engine.deliveries where planned';
    while ((await pool.query<{ count: number }>(planned)).rows[0]?.count !== 2);
    await pool.end();
    await clock.lead(-3_600_000);
    await whenSeen('backwards');
    receiver.answerWith((response) => response.writeHead(204).end());
    for (const response of held) response.writeHead(204).end();
    const arrived = await receiver.until((all) => all.length === 2);
    expect(arrived.map(({ event }) => event.type)).toEqual(['forgerun.job.created', 'forgerun.job.queued']);
    await receiver.close();
  });

  it('never turns back the order of events', async () => {
    for (let n = 0; n < 3; n += 1) await submitted(api);
    await clock.lead(-60_000);
    await whenSeen('backwards');
    for (let n = 0; n < 3; n += 1) await submitted(api);
    const { items } = (await api.get<{ items: { timestamp: string }[] }>('/v1/events?limit=100')).body;
    const stamps = items.map(({ timestamp }) => timestamp);
    expect(stamps.length).toBeGreaterThanOrEqual(12);
    expect(stamps).toEqual(stamps.toSorted());
  });
});

describe("a database's clock that is set forwards", () => {
  it('charges nobody whose heartbeats come', async () => {
    const id = await submitted(api, { retry: { max_attempts: 1 }, timeouts: { execution_ms: 86_400_000 } });
    const { lease_id } = await leasedOne(api, { start: true, lease_ms: 5_000 });
    await clock.lead(3_600_000);
    await whenSeen('forwards');
    expect(await api.post(`/v1/leases/${lease_id}/heartbeat`, {})).toMatchObject({ status: 200 });
    expect(await api.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
    expect(await namesOf(api, id)).not.toContain('JobFailed');
  });
});
