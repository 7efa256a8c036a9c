import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { metricCatalog, type MetricSpec } from '../../src/platform/observability/metric-catalog.js';
import { readScrape, samplesOf, total } from '../support/scrape.js';
import { eventually, type WatchedEngine, watchedEngine } from './observability.fixture.js';

let engine: WatchedEngine;
let scrape: string;

/** As Prometheus writes what OpenTelemetry calls by dots. */
const prometheusLabel = (label: string): string => label.replaceAll('.', '_');

const submit = async (workKind: string, more: object = {}, headers: Record<string, string> = {}): Promise<string> => {
  const answer = await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: workKind, ...more }, headers);
  expect(answer.status).toBe(202);
  return String(answer.body['job_id']);
};

const ends = (jobId: string, state: string): Promise<unknown> =>
  engine.api.until(`/v1/jobs/${jobId}`, ({ body }) => body['state'] === state);

beforeAll(async () => {
  engine = await watchedEngine();
  const job = { type: 'EXECUTE', work_kind: 'SUCCESS_NORMAL' };
  const schedule = { name: 'ticking', cron: '* * * * * *', timezone: 'UTC', job };
  const made = await engine.api.post('/v1/schedules', schedule);
  await eventually(
    () => engine.scrape(),
    (text) => text.includes('schedule_tick_lateness_seconds_count'),
  );
  const scheduleId = String(made.body['schedule_id']);
  expect((await engine.api.call('DELETE', `/v1/schedules/${scheduleId}`)).status).toBe(200);
  const key = { 'idempotency-key': 'once' };
  const first = await submit('SUCCESS_FAST', {}, key);
  expect(await submit('SUCCESS_FAST', {}, key)).toBe(first);
  await ends(first, 'SUCCEEDED');
  expect((await engine.api.post(`/v1/jobs/${first}/retry`, {})).status).toBe(409);
  const noRetry = { retry: { max_attempts: 1 } };
  await ends(await submit('FAIL_IMMEDIATE', noRetry), 'FAILED');
  const policy = { retry: { max_attempts: 2, backoff_base_ms: 1, jitter: 'none' } };
  await ends(await submit('RETRY_ON_FAIL', policy), 'SUCCEEDED');
  const canceled = await submit('nobody.runs.this', { queue: 'canceled' });
  await engine.api.post(`/v1/jobs/${canceled}/cancel`, { reason: 'somebody’s own words' });
  await submit('nobody.runs.this', { queue: 'waiting' });
  await engine.api.post('/v1/leases/00000000-0000-7000-8000-000000000000/complete', {});
  await engine.api.get('/nowhere/at/all');
  await engine.api.as('frk_nothing').get('/v1/jobs');
  await engine.api.as(null).get('/v1/jobs');
  scrape = await eventually(
    () => engine.scrape(),
    (text) => total(text, 'job_queue_depth', { queue: 'waiting' }) === 1 && total(text, 'jobs_in_state') === 1,
  );
}, 240_000);

afterAll(async () => {
  await engine.stop();
});

describe('the metrics', () => {
  it('count each step of a job once, by queue and work kind', () => {
    const ofKind = (work_kind: string): Record<string, string> => ({ work_kind, queue: 'default' });
    expect(total(scrape, 'jobs_submitted_total', ofKind('SUCCESS_FAST'))).toBe(1);
    expect(total(scrape, 'job_idempotency_hits_total')).toBe(1);
    expect(total(scrape, 'jobs_succeeded_total', ofKind('SUCCESS_FAST'))).toBe(1);
    expect(total(scrape, 'jobs_failed_total', { ...ofKind('FAIL_IMMEDIATE'), reason: 'error', final: 'true' })).toBe(1);
    expect(total(scrape, 'jobs_failed_total', { ...ofKind('RETRY_ON_FAIL'), final: 'false' })).toBe(1);
    expect(total(scrape, 'job_retries_total', { work_kind: 'RETRY_ON_FAIL', trigger: 'automatic' })).toBe(1);
    expect(total(scrape, 'job_retries_succeeded_total', { work_kind: 'RETRY_ON_FAIL' })).toBe(1);
    expect(total(scrape, 'jobs_running_total', ofKind('RETRY_ON_FAIL'))).toBe(2);
    expect(total(scrape, 'jobs_queued_total', { ...ofKind('RETRY_ON_FAIL'), reason: 'retry' })).toBe(1);
    expect(total(scrape, 'jobs_canceled_total', { queue: 'canceled', reason: 'requested' })).toBe(1);
    expect(total(scrape, 'job_execution_seconds_count', { work_kind: 'RETRY_ON_FAIL', outcome: 'FAILED' })).toBe(1);
    expect(total(scrape, 'commands_refused_total', { code: 'RFA_JOB_CONFLICT' })).toBe(1);
    expect(total(scrape, 'job_queue_wait_seconds_count', { work_kind: 'SUCCESS_FAST' })).toBe(1);
  });

  it('count those who were turned away, by why', () => {
    expect(total(scrape, 'access_refused_total', { code: 'RFA_AUTH_INVALID_CREDENTIALS' })).toBe(2);
    expect(total(scrape, 'access_refused_total')).toBe(2);
  });

  it('tell what waits from the read models', async () => {
    expect(samplesOf(scrape, 'job_queue_oldest_age_seconds', { queue: 'waiting' })).toHaveLength(1);
    expect(total(scrape, 'job_queue_depth', { queue: 'default' })).toBe(0);
    expect(total(scrape, 'jobs_in_state', { state: 'QUEUED' })).toBe(1);
    expect(total(scrape, 'workers_live')).toBe(1);
    await eventually(
      () => engine.scrape(),
      (text) => total(text, 'job_queue_oldest_age_seconds', { queue: 'waiting' }) > 0.1,
    );
  });

  it('know requests by their route, never by their URL', () => {
    const submits = { http_request_method: 'POST', http_route: '/v1/jobs', http_response_status_code: '202' };
    expect(total(scrape, 'http_server_request_duration_seconds_count', submits)).toBe(6);
    expect(scrape).toContain('http_route="/v1/leases/:lease_id/complete"');
    expect(scrape).not.toContain('nowhere');
  });

  it('are documented, each with its type, unit and labels, and nothing else is', () => {
    const page = readFileSync('docs/reference/metrics.md', 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z_]+)` +\| (\w+) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(
      ([, name, type, unit, labels, help]) => [name, type, unit, labels, help].join(' ; '),
    );
    const catalogued = Object.entries<MetricSpec>(metricCatalog).map(([name, { type, unit, labels, help }]) =>
      [name, type, `\`${unit}\``, labels.map((label) => `\`${prometheusLabel(label)}\``).join(', '), help].join(' ; '),
    );
    expect(documented).toEqual(catalogued);
  });

  it('are in a scrape with the type, help and labels they are documented with', () => {
    const scraped = [...readScrape(scrape)].filter(([name]) => name !== 'target_info');
    expect(scraped.map(([name]) => name).sort()).toEqual(Object.keys(metricCatalog).sort());
    for (const [name, { type, help, samples }] of scraped) {
      const spec: MetricSpec = metricCatalog[name as keyof typeof metricCatalog];
      expect({ name, type, help }).toEqual({ name, type: spec.type, help: spec.help });
      const known = new Set([...spec.labels.map(prometheusLabel), 'le']);
      const used = new Set(samples.flatMap(({ labels }) => Object.keys(labels)));
      expect([...used].filter((label) => !known.has(label))).toEqual([]);
    }
  });

  it('are open to everybody and say what they are', async () => {
    const answer = await engine.api
      .as(null)
      .get('/metrics', { accept: 'application/openmetrics-text,text/plain;q=0.3' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('are counted anew by a process that starts, from nothing it reads back', async () => {
    const second = await watchedEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api,projector,saga' } });
    try {
      const text = await second.scrape();
      expect(total(text, 'jobs_submitted_total')).toBe(0);
      expect(total(text, 'jobs_succeeded_total')).toBe(0);
      expect(total(text, 'job_queue_depth', { queue: 'waiting' })).toBe(1);
    } finally {
      await second.stop();
    }
  }, 240_000);
});
