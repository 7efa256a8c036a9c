import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { hasOutcome } from './chaos.fixture.js';

// The flows that matter most, whatever store the rest of a run is on. All of the acceptance suite:
// `npm run test:eventstoredb`.
let server: EventStoreDbServer;
let database: TestDatabase;
let engine: Engine;
let api: Api;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startEventStoreDb();
  database = await testDatabase();
  env = { FORGERUN_EVENT_STORE: server.connectionString };
  engine = await startTestEngine({ database, env });
  ({ api } = await engine.api.newClient(['client', 'worker']));
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
  await server.stop();
});

interface Shown {
  readonly job_id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly attempt: number;
}

interface Leased {
  readonly leases: readonly { readonly lease_id: string; readonly job_id: string; readonly attempt: number }[];
}

async function submit(body: object): Promise<string> {
  const made = await api.post<Shown>('/v1/jobs', { type: 'EXECUTE', ...body });
  expect(made.status).toBe(202);
  return made.body.job_id;
}

async function lease(work_kind: string): Promise<Leased['leases']> {
  const asked = { worker_id: 'w', work_kinds: [work_kind], max_jobs: 1, wait_ms: 10_000, start: true };
  return (await api.post<Leased>('/v1/leases', asked)).body.leases;
}

const ended = async (id: string): Promise<Shown> => (await api.until<Shown>(`/v1/jobs/${id}`, hasOutcome)).body;

describe('an engine on EventStoreDB', () => {
  it('keeps its log there, and nothing of it in Postgres', async () => {
    const id = await submit({ work_kind: 'SUCCESS_FAST' });
    await ended(id);
    expect(server.log.records.filter(({ stream }) => stream === `job-${id}`).map(({ type }) => type)).toEqual([
      'JobCreated',
      'JobQueued',
      'JobAssigned',
      'JobStarted',
      'JobSucceeded',
    ]);
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    const { rows } = await client.query<{ events: number }>('select count(*)::int as events from forgerun_log.events');
    await client.end();
    expect(rows).toEqual([{ events: 0 }]);
  });

  it('runs a job for a worker, and reports on it', async () => {
    const id = await submit({ work_kind: 'short.work', payload: { n: 1 } });
    const [held] = await lease('short.work');
    expect(held?.job_id).toBe(id);
    await api.post(`/v1/leases/${held?.lease_id ?? ''}/complete`, { result: { done: true } });
    const report = await api.get<Shown>(`/v1/jobs/${id}/report`);
    expect([report.status, report.body.outcome]).toEqual([200, 'SUCCESS']);
  });

  it('answers the same submit twice with one job', async () => {
    const body = { type: 'EXECUTE', work_kind: 'short.twice', idempotency_key: 'once' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.post<Shown>('/v1/jobs', body)));
    expect(new Set(answers.map((answer) => answer.body.job_id)).size).toBe(1);
  });

  it('retries what failed, and a lease that ran out', async () => {
    const retry = { max_attempts: 3, backoff_base_ms: 20, backoff_max_ms: 50 };
    const id = await submit({ work_kind: 'short.retry', retry });
    const [first] = await lease('short.retry');
    const failed = await api.post(`/v1/leases/${first?.lease_id ?? ''}/fail`, { error: { message: 'not yet' } });
    expect(failed.status).toBe(200);
    const asked = { worker_id: 'w', work_kinds: ['short.retry'], max_jobs: 1, wait_ms: 10_000, lease_ms: 1000 };
    const [second] = (await api.post<Leased>('/v1/leases', asked)).body.leases;
    expect(second?.attempt).toBe(2);
    const [third] = await lease('short.retry');
    expect(third?.lease_id).not.toBe(second?.lease_id);
    await api.post(`/v1/leases/${third?.lease_id ?? ''}/complete`, { result: 1 });
    expect(await ended(id)).toMatchObject({ outcome: 'SUCCESS' });
  });

  it('cancels what waits', async () => {
    const id = await submit({ work_kind: 'short.cancelled' });
    await api.post(`/v1/jobs/${id}/cancel`);
    expect(await ended(id)).toMatchObject({ state: 'CANCELED' });
  });

  it('runs a deferred job in its time, and the jobs of a schedule', async () => {
    const execution_at = new Date(Date.now() + 400).toISOString();
    const id = await submit({ type: 'DEFERRED', work_kind: 'SUCCESS_FAST', execution_at });
    const made = await api.post<{ schedule_id: string }>('/v1/schedules', {
      name: 'every second',
      cron: '* * * * * *',
      timezone: 'UTC',
      job: { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' },
    });
    expect(made.body.schedule_id).toEqual(expect.any(String));
    const jobs = `/v1/jobs?schedule_id=${made.body.schedule_id}&state=SUCCEEDED`;
    await api.until<{ items?: unknown[] }>(jobs, ({ body }) => (body.items ?? []).length > 0);
    await api.call('DELETE', `/v1/schedules/${made.body.schedule_id}`);
    expect(await ended(id)).toMatchObject({ outcome: 'SUCCESS' });
  });

  it('sums up what has happened', async () => {
    const summary = await api.get('/v1/reports/summary');
    const status = await engine.api.get('/v1/admin/status');
    expect([summary.status, status.status]).toEqual([200, 200]);
  });

  it('starts again although its log ends in events of the server itself', async () => {
    const id = await submit({ work_kind: 'SUCCESS_FAST' });
    await ended(id);
    const store = await openEventStoreDb(server.connectionString);
    const head = await store.head();
    await store.truncateBefore(`job-${id}`, 1);
    await store.close();
    // Until readers have gone past the head, over an event that is none of theirs.
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    for (let past = false; !past;) {
      const { rows } = await client.query<{ past: boolean }>(
        'select coalesce(bool_or(position > $1::numeric), false) as past from forgerun_engine.checkpoints',
        [String(head)],
      );
      past = rows[0]?.past === true;
      if (!past) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await client.end();
    await engine.stop();
    engine = await startTestEngine({ database, env });
    expect((await engine.api.get('/health/ready')).status).toBe(200);
  });

  it('waits for a server that is away when it starts, and then starts', async () => {
    const { port } = server;
    const away = await startEventStoreDb();
    await away.stop();
    const other = await testDatabase();
    const starting = startTestEngine({
      database: other,
      env: { FORGERUN_EVENT_STORE: away.connectionString, FORGERUN_LOG_LEVEL: 'silent' },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const back = await startEventStoreDb({ port: away.port });
    const second = await starting;
    expect([(await second.api.get('/health/live')).status, back.port === port]).toEqual([200, false]);
    await second.stop();
    await back.stop();
    await other.drop();
  }, 240_000);
});
