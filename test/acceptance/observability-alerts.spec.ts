import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { metricCatalog, type MetricSpec } from '../../src/platform/observability/metric-catalog.js';
import { type ApiAnswer } from '../support/api.js';
import { onlyForWireServer, withLogOn } from '../support/event-store-under-test.js';
import { evaluate, isTrue, metricsIn, type Moment } from '../support/promql.js';
import { total } from '../support/scrape.js';
import { eventually, type WatchedEngine, watchedEngine } from './observability.fixture.js';

interface Alert {
  readonly name: string;
  readonly expression: string;
  readonly runbook: string;
}

const alerts: readonly Alert[] = readFileSync('docs/observability/alerts.yml', 'utf8')
  .split('- alert: ')
  .slice(1)
  .map((text) => ({
    name: text.split('\n')[0] ?? '',
    expression: /^\s+expr: (.+)$/m.exec(text)?.[1] ?? '',
    runbook: /runbook_url: (\S+)/.exec(text)?.[1] ?? '',
  }));

const expressionOf = (name: string): string => {
  const alert = alerts.find((each) => each.name === name);
  if (alert === undefined) throw new Error(`there is no alert ${name}`);
  return alert.expression;
};

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboards = readdirSync('docs/observability/grafana')
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => {
    const text = readFileSync(join('docs/observability/grafana', name), 'utf8');
    return (JSON.parse(text) as { readonly panels: readonly Panel[] }).panels;
  });

/** What Prometheus itself adds. */
const foreign = new Set(['up']);

function existsInScrapes(name: string): boolean {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const spec = (metricCatalog as Readonly<Record<string, MetricSpec>>)[name];
  const histogram = (metricCatalog as Readonly<Record<string, MetricSpec>>)[base];
  return spec !== undefined || (histogram?.type === 'histogram' && base !== name) || foreign.has(name);
}

async function moment(engine: WatchedEngine): Promise<Moment> {
  return { at: performance.now() / 1000, text: await engine.scrape() };
}

/** Scrapes until the alert's expression is true, comparing with the first scrape. */
async function fires(engine: WatchedEngine, alert: string, first: Moment): Promise<void> {
  await eventually(
    () => moment(engine),
    (now) => isTrue(expressionOf(alert), [first, now]),
    40_000,
  );
}

/** The parts for which the alert on failing parts is true. */
function failingParts(now: Moment): readonly string[] {
  const found = evaluate(expressionOf('ForgeRunPartFailing'), [now]);
  return typeof found === 'number' ? [] : found.map(({ labels }) => labels['part'] ?? '');
}

const notReady = async (engine: WatchedEngine, part: string): Promise<void> => {
  await eventually(
    async () => await engine.api.as(null).get('/health/ready'),
    ({ status, text }) => status === 503 && text.includes(`"${part}":{"status":"failing"`),
    40_000,
  );
};

/** Ready all the same, and says what is not well. */
const degraded = (engine: WatchedEngine, part: string): Promise<ApiAnswer> =>
  eventually(
    async () => await engine.api.as(null).get('/health/ready'),
    ({ status, text }) => status === 200 && text.includes(`"${part}":{"status":"degraded"`),
    40_000,
  );

/** Takes away the database, and the server of the log where that is another one; gives back how to undo it. */
async function takeAway(connectionString: string): Promise<() => Promise<void>> {
  const database = new URL(connectionString);
  const name = database.pathname.slice(1);
  database.pathname = '/postgres';
  await sql(database.href, `alter database ${name} allow_connections false`);
  await sql(database.href, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  const server = await onlyForWireServer(connectionString);
  server?.misbehave({ hang: true });
  server?.cut();
  return async () => {
    await sql(database.href, `alter database ${name} allow_connections true`);
    server?.behave();
    server?.cut();
  };
}

async function sql(connectionString: string, text: string, values: readonly unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(text, [...values]);
  } finally {
    await client.end();
  }
}

describe('the alerts and dashboards', () => {
  it('query only metrics that a scrape has', () => {
    const expressions = [
      ...alerts.map(({ expression }) => expression),
      ...dashboards.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m'))),
    ];
    expect(expressions.length).toBeGreaterThan(40);
    for (const expression of expressions) {
      expect(metricsIn(expression).length).toBeGreaterThan(0);
      expect(metricsIn(expression).filter((name) => !existsInScrapes(name))).toEqual([]);
      // Every one can be computed.
      expect(() => evaluate(expression, [{ at: 0, text: '' }])).not.toThrow();
    }
  });

  it('have a page each that says what to do', () => {
    for (const { name, runbook } of alerts) {
      expect(existsSync(runbook)).toBe(true);
      expect(readFileSync(runbook, 'utf8')).toContain(`Alert \`${name}\``);
    }
    const pages = readdirSync('docs/runbooks').map((name) => `docs/runbooks/${name}`);
    expect(pages.sort()).toEqual([...new Set(alerts.map(({ runbook }) => runbook))].sort());
  });
});

// Both tell truly of a machine whose cores other work keeps busy, which says nothing of this engine.
const ofTheMachine = new Set(['ForgeRunEventLoopHeldUp', 'ForgeRunConnectionsShort']);

describe('an engine that is well', () => {
  it('fires no alert', async () => {
    const engine = await watchedEngine();
    try {
      const first = await moment(engine);
      const job = await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'SUCCESS_FAST' });
      await engine.api.until(`/v1/jobs/${String(job.body['job_id'])}`, ({ body }) => body['state'] === 'SUCCEEDED');
      const last = await eventually(
        () => moment(engine),
        ({ text }) => total(text, 'health_part_up', { part: 'followers' }) === 1 && total(text, 'jobs_in_state') === 0,
      );
      // The first scrape is the one that looks things up while it is made.
      const fired = alerts
        .filter(({ name }) => !ofTheMachine.has(name))
        .filter(({ expression }) => isTrue(expression, [first]) || isTrue(expression, [first, last]));
      expect(fired.map(({ name }) => name)).toEqual([]);
    } finally {
      await engine.stop();
    }
  }, 240_000);
});

describe('an engine in trouble', () => {
  let engine: WatchedEngine;
  let first: Moment;
  beforeAll(async () => {
    // No worker works, and no node fires timers.
    engine = await watchedEngine({
      env: { FORGERUN_ROLES: 'api,projector', FORGERUN_LEASE_MS: '400', FORGERUN_HEARTBEAT_MS: '100' },
      onlyForWireServer: true,
    });
    first = await moment(engine);
  }, 240_000);
  afterAll(async () => {
    await engine.stop();
  });

  it('says that its workers are gone', async () => {
    const wish = { worker_id: 'short-lived', queues: ['left'], wait_ms: 10_000 };
    await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'a.kind', queue: 'left' });
    const [lease] = (await engine.api.post<{ leases: { lease_id: string }[] }>('/v1/leases', wish)).body.leases;
    expect((await engine.api.post(`/v1/leases/${lease?.lease_id ?? ''}/complete`, {})).status).toBe(200);
    expect(total((await moment(engine)).text, 'workers_live')).toBe(1);
    await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'a.kind', queue: 'left' });
    await fires(engine, 'ForgeRunNoWorkers', first);
    expect((await degraded(engine, 'workers')).text).toContain('no worker holds any');
  }, 240_000);

  it('says that timers are overdue', async () => {
    await sql(
      engine.database.connectionString,
      `insert into forgerun_engine.timers
         (timer_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       values ($1, 'retry', 'x', clock_timestamp() - interval '1 minute', $1, 'QueueRetry', '{}', '{}', 1)`,
      [randomUUID()],
    );
    await fires(engine, 'ForgeRunTimersOverdue', first);
  }, 240_000);

  it('says that followers stand still that no process runs', async () => {
    await fires(engine, 'ForgeRunFollowerStalled', first);
    const { text } = await moment(engine);
    expect(total(text, 'follower_stalled_seconds', { follower: 'retry' })).toBeGreaterThan(10);
    expect(total(text, 'follower_stalled_seconds', { follower: 'jobs' })).toBe(0);
  }, 240_000);

  it('says that an event poisons a projection', async () => {
    const stream = `job-${randomUUID()}`;
    // A job's first event without most of what every job has.
    await poison(engine.database.connectionString, stream);
    await fires(engine, 'ForgeRunStreamParked', first);
    // One stream waits: that is no reason to send every caller elsewhere.
    await degraded(engine, 'parked_streams');
    expect(failingParts(await moment(engine))).not.toContain('parked_streams');
  }, 240_000);

  it('says that its stores are gone, and names the parts', async () => {
    const giveBack = await takeAway(engine.database.connectionString);
    try {
      await notReady(engine, 'event_store');
      await notReady(engine, 'database');
      await eventually(
        () => moment(engine),
        (now) => failingParts(now).includes('event_store') && failingParts(now).includes('database'),
        40_000,
      );
      await fires(engine, 'ForgeRunStoreErrors', first);
    } finally {
      await giveBack();
    }
    await eventually(
      () => moment(engine),
      (now) => !failingParts(now).includes('event_store') && !failingParts(now).includes('database'),
      40_000,
    );
  }, 240_000);
});

describe('a receiver that hangs', () => {
  it('is told apart from one that takes its events, by the alert and by the part', async () => {
    const calls = { hanging: 0, good: 0 };
    const receivers = createServer((request, response) => {
      if (request.url === '/hanging') calls.hanging += 1;
      else {
        calls.good += 1;
        response.end();
      }
    });
    receivers.listen(0, '127.0.0.1');
    await once(receivers, 'listening');
    const { port } = receivers.address() as AddressInfo;
    const engine = await watchedEngine({
      env: {
        ...{ FORGERUN_ROLES: 'api,projector,saga', FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' },
        ...{ FORGERUN_WEBHOOK_TIMEOUT_MS: '200', FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '10' },
      },
    });
    const submit = { type: 'EXECUTE', work_kind: 'nobody.runs.this' };
    const listen = async (name: string): Promise<string> => {
      const webhook = { url: `http://127.0.0.1:${port}/${name}`, events: ['job.created'] };
      return String((await engine.api.post('/v1/webhooks', webhook)).body['webhook_id']);
    };
    try {
      await listen('good');
      const first = await moment(engine);
      await engine.api.post('/v1/jobs', submit);
      const fine = await eventually(
        () => moment(engine),
        ({ text }) => total(text, 'webhook_deliveries_total', { outcome: 'delivered' }) === 1,
      );
      expect(isTrue(expressionOf('ForgeRunWebhooksFailing'), [first, fine])).toBe(false);
      const hanging = await listen('hanging');
      await engine.api.post('/v1/jobs', submit);
      await fires(engine, 'ForgeRunWebhooksFailing', fine);
      const { text } = await moment(engine);
      expect(total(text, 'webhook_failures_total', { reason: 'timeout' })).toBeGreaterThanOrEqual(2);
      expect(total(text, 'webhook_failures_total')).toBe(total(text, 'webhook_failures_total', { reason: 'timeout' }));
      // A customer's receiver is no reason to take a node out of service.
      const said = await degraded(engine, 'receivers');
      expect(said).toMatchObject({ status: 200, body: { status: 'ready' } });
      expect(said.text).toContain('a receiver of webhooks keeps failing');
      expect((await engine.api.call('DELETE', `/v1/webhooks/${hanging}`)).status).toBe(200);
      expect(calls).toEqual({ hanging: expect.any(Number), good: expect.any(Number) });
      expect(calls['good']).toBeGreaterThanOrEqual(2);
    } finally {
      await engine.stop();
      receivers.closeAllConnections();
      receivers.close();
    }
  }, 240_000);
});

async function poison(connectionString: string, stream: string): Promise<void> {
  const metadata = {
    ...{ at: 1, actor: 'process:test', correlationId: null, causationId: null, traceparent: null },
    ...{ schema: 1, chain: '' },
  };
  const event = { type: 'JobCreated', data: { jobId: 'not-a-uuid', clientId: 'neither' } };
  const append = { stream, expected: 'no_stream' as const, events: [{ id: randomUUID(), event, metadata }] };
  const outcome = await withLogOn(connectionString, (store) => store.append(append));
  expect(outcome.kind).toBe('appended');
}
