import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { migrate } from '../../src/platform/postgres/migrate.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { leasedOne, namesOf, submitted, whenIn } from './jobs.fixture.js';

const kept = (name: string): string => readFileSync(`test/acceptance/upgrade/${name}`, 'utf8');

/** What a build answered just before it stopped, and every row that it left behind: never changed, whatever comes later. */
const then = JSON.parse(kept('answers.json')) as {
  readonly key: string;
  readonly lease_id: string;
  readonly jobs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly events: Readonly<Record<string, readonly string[]>>;
  readonly schedules: readonly Readonly<Record<string, unknown>>[];
  readonly webhooks: readonly Readonly<Record<string, unknown>>[];
  readonly deliveries: readonly Readonly<Record<string, unknown>>[];
};
const rows = kept('rows.tsv').trimEnd().split('\n');

/** The last migrations that it knew. */
const lastThen = { engine: 'FanOuts1767225600026', log: 'EventLog1767225600001' } as const;

let database: TestDatabase;
let engine: Engine;
let api: Api;
beforeAll(async () => {
  database = await testDatabase({ empty: true });
  await migrateAsThen('forgerun_log_migrations', logMigrations, lastThen.log);
  await migrateAsThen('forgerun_engine_migrations', engineMigrations, lastThen.engine);
  await load();
  engine = await startTestEngine({
    database,
    env: { FORGERUN_EVENT_STORE: database.connectionString, FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' },
  });
  api = engine.api.as(then.key);
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

async function migrateAsThen(
  migrationsTable: 'forgerun_engine_migrations' | 'forgerun_log_migrations',
  migrations: typeof engineMigrations,
  last: string,
): Promise<void> {
  const count = migrations.findIndex(({ name }) => name === last) + 1;
  await migrate({
    connectionString: database.connectionString,
    migrations: migrations.slice(0, count),
    migrationsTable,
    onError: (error) => {
      throw error;
    },
  });
}

async function load(): Promise<void> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname in ('forgerun_log', 'forgerun_engine', 'forgerun_read')`,
    );
    await client.query(`truncate ${tables.map(({ name }) => name).join(', ')}`);
    for (const row of rows) {
      const [table = '', members] = row.split('\t');
      await client.query(
        `insert into ${table} overriding system value select * from jsonb_populate_record(null::${table}, $1)`,
        [members],
      );
    }
  } finally {
    await client.end();
  }
}

const idOf = (name: string): string => String(then.jobs[name]?.['job_id']);

describe('an engine on the database of an older build', () => {
  it.each(['succeeded', 'failed', 'canceled', 'paused', 'keyed'])('shows a job that was %s as it was', async (name) => {
    expect((await api.get(`/v1/jobs/${idOf(name)}`)).body).toMatchObject(then.jobs[name] ?? {});
    expect(await namesOf(api, idOf(name))).toEqual(then.events[name]);
  });

  it('takes the end of a job that was running', async () => {
    expect((await api.post(`/v1/leases/${then.lease_id}/complete`, { result: 1 })).status).toBe(200);
    await whenIn(api, idOf('running'), 'SUCCEEDED');
  });

  it('goes on with what became due since', async () => {
    for (const [queue, attempt] of [
      ['retrying', 2],
      ['deferred', 1],
    ] as const)
      expect(await leasedOne(api, { queues: [queue] })).toMatchObject({ job_id: idOf(queue), attempt });
  });

  it('knows what was submitted, and lets go on what was paused', async () => {
    const same = { type: 'EXECUTE', work_kind: 'pay.slip', queue: 'keyed' };
    // Not by `post`, which adds a payload.
    const again = await api.call('POST', '/v1/jobs', same, { 'idempotency-key': 'pay-11' });
    expect([again.status, again.body['job_id']]).toEqual([202, idOf('keyed')]);
    await api.post('/v1/queues/paused/resume', {});
    expect((await leasedOne(api, { queues: ['paused'] })).job_id).toBe(idOf('paused'));
  });

  it('has its schedules, webhooks and deliveries', async () => {
    const [schedule] = then.schedules.map(({ schedule_id, name, cron, job }) => ({ schedule_id, name, cron, job }));
    expect((await api.get('/v1/schedules')).body).toMatchObject({ items: [schedule] });
    const [webhook] = then.webhooks.map(({ webhook_id, url, events }) => ({ webhook_id, url, events }));
    expect((await api.get('/v1/webhooks')).body).toMatchObject({ items: [webhook] });
    const { body } = await api.get(`/v1/webhooks/${String(webhook?.webhook_id)}/deliveries`);
    const deliveries = then.deliveries.map(({ delivery_id, event_id }) => ({ delivery_id, event_id }));
    expect(body['items']).toEqual(expect.arrayContaining(deliveries.map((each) => expect.objectContaining(each))));
  });

  it('runs new jobs, with nothing parked', async () => {
    const jobId = await submitted(api, { queue: 'new' });
    const { lease_id } = await leasedOne(api, { queues: ['new'] });
    await api.post(`/v1/leases/${lease_id}/complete`, {});
    await whenIn(api, jobId, 'SUCCEEDED');
    expect((await api.as(null).get('/health/ready')).body).toMatchObject({ status: 'ready' });
  });
});
