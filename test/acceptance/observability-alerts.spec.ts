import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DeliveryWatch } from '../../src/house/observing/delivery-watch.js';
import { metricCatalog, type MetricSpec } from '../../src/platform/observability/metric-catalog.js';
import { openTelemetry } from '../../src/platform/observability/telemetry.js';
import { noTracing } from '../../src/platform/observability/tracing.js';
import { evaluate, isTrue, metricsIn, type Moment } from '../support/promql.js';
import { total } from '../support/scrape.js';
import { eventually, type WatchedEngine, watchedEngine } from './observability.rig.js';

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
      const fired = alerts.filter(({ expression }) => isTrue(expression, [first, last]));
      expect(fired.map(({ name }) => name)).toEqual([]);
    } finally {
      await engine.stop();
    }
  }, 60_000);
});

describe('an engine in trouble', () => {
  let engine: WatchedEngine;
  let first: Moment;
  beforeAll(async () => {
    // Nobody works, and nobody fires timers.
    engine = await watchedEngine({
      env: { FORGERUN_ROLES: 'api,projector', FORGERUN_LEASE_MS: '400', FORGERUN_HEARTBEAT_MS: '100' },
    });
    first = await moment(engine);
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
  });

  it('says that its workers are gone', async () => {
    const wish = { worker_id: 'short-lived', queues: ['left'], wait_ms: 10_000 };
    await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'a.kind', queue: 'left' });
    expect((await engine.api.post('/v1/leases', wish)).body['leases']).toHaveLength(1);
    expect(total((await moment(engine)).text, 'workers_live')).toBe(1);
    await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'a.kind', queue: 'left' });
    await fires(engine, 'ForgeRunNoWorkers', first);
  }, 60_000);

  it('says that timers are overdue', async () => {
    await sql(
      engine.database.connectionString,
      `insert into forgerun_engine.timers
         (timer_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       values ($1, 'retry', 'x', clock_timestamp() - interval '1 minute', $1, 'QueueRetry', '{}', '{}', 1)`,
      [randomUUID()],
    );
    await fires(engine, 'ForgeRunTimersOverdue', first);
  }, 60_000);

  it('says that an event poisons a projection', async () => {
    const stream = `job-${randomUUID()}`;
    // A job's first event without most of what every job has.
    await poison(engine.database.connectionString, stream);
    await fires(engine, 'ForgeRunStreamParked', first);
    await notReady(engine, 'parked_streams');
    await eventually(
      () => moment(engine),
      (now) => failingParts(now).includes('parked_streams'),
    );
  }, 60_000);

  it('says that its store is gone, and names the part', async () => {
    const database = new URL(engine.database.connectionString);
    const name = database.pathname.slice(1);
    database.pathname = '/postgres';
    await sql(database.href, `alter database ${name} allow_connections false`);
    await sql(database.href, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
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
      await sql(database.href, `alter database ${name} allow_connections true`);
    }
    await eventually(
      () => moment(engine),
      (now) => !failingParts(now).includes('event_store') && !failingParts(now).includes('database'),
      40_000,
    );
  }, 120_000);
});

describe('a receiver that hangs', () => {
  it('is told apart from one that takes its events', async () => {
    const telemetry = await openTelemetry({ env: {} });
    const watch = new DeliveryWatch(telemetry.metrics, noTracing);
    const first = { at: 0, text: await telemetry.scrape.text() };
    const attempt = { deliveryId: 'd', listenerId: 'l', clientId: 'c', attempt: 1, at: 0, durationMs: 10_000 };
    const failed = { ...attempt, status: null, error: 'timed out', nextAttemptAt: 5_000 };
    const decision = { category: 'delivery', id: 'd', before: null, after: null, at: 0, traceparent: null };
    watch.recorded({ ...decision, command: null as never, events: [{ type: 'DeliveryAttempted', data: failed }] });
    const last = { at: 60, text: await telemetry.scrape.text() };
    await telemetry.close();
    expect(total(last.text, 'webhook_failures_total', { reason: 'timeout' })).toBe(1);
    expect(isTrue(expressionOf('ForgeRunWebhooksFailing'), [first, last])).toBe(true);
    expect(isTrue(expressionOf('ForgeRunWebhooksFailing'), [first, first])).toBe(false);
  });
});

async function poison(connectionString: string, stream: string): Promise<void> {
  const { PostgresEventStore } = await import('../../src/engine/event-store/postgres/postgres-event-store.js');
  const store = await PostgresEventStore.open({ connection: { connectionString }, onError: () => undefined });
  try {
    const metadata = {
      ...{ at: 1, actor: 'process:test', correlationId: null, causationId: null, traceparent: null },
      ...{ schema: 1, chain: '' },
    };
    const event = { type: 'JobCreated', data: { jobId: 'not-a-uuid', clientId: 'neither' } };
    const outcome = await store.append({
      stream,
      expected: 'no_stream',
      events: [{ id: randomUUID(), event, metadata }],
    });
    expect(outcome.kind).toBe('appended');
  } finally {
    await store.close();
  }
}
