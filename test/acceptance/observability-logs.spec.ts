import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tracing } from '@opentelemetry/sdk-node';
import { adminKey } from '../support/api.js';
import { logOn } from '../support/event-store-under-test.js';
import { eventually, type WatchedEngine, watchedEngine } from './observability.fixture.js';

type Line = Readonly<Record<string, unknown>>;

const canary = {
  payload: 'canary-payload-7c1d',
  result: 'canary-result-7c1d',
  tag: 'canary-tag-7c1d',
  key: 'canary-idempotency-7c1d',
  message: 'canary-progress-7c1d',
  cancel: 'canary-cancel-7c1d',
  secret: 'canary-password-7c1d',
  name: 'canary-client-7c1d',
  url: 'canary-query-7c1d',
};

const spans = new tracing.InMemorySpanExporter();
let engine: WatchedEngine;
let clientKey: string;
let answers = '';
beforeAll(async () => {
  const env = { FORGERUN_ROLES: 'api,projector,saga' };
  engine = await watchedEngine({ env, spanProcessor: new tracing.SimpleSpanProcessor(spans) });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const linesOf = (jobId: string): readonly Line[] =>
  engine.lines.map((line) => JSON.parse(line) as Line).filter(({ job_id }) => job_id === jobId);

async function call(path: string, body: object, headers: Record<string, string> = {}): Promise<Line> {
  const answer = await engine.api.as(clientKey).post<Line>(path, body, headers);
  answers += answer.text;
  return answer.body;
}

async function leased(queue: string): Promise<string> {
  const wish = { worker_id: 'w1', queues: [queue], wait_ms: 20_000, start: true };
  const { leases } = (
    await engine.api.as(clientKey).post<{ leases: readonly { lease_id: string }[] }>('/v1/leases', wish)
  ).body;
  return leases[0]?.lease_id ?? '';
}

describe('the log', () => {
  it('has one line with all its fields for every transition', async () => {
    const client = await engine.api.newClient();
    clientKey = client.api.key ?? '';
    const asked = { 'x-request-id': 'the-submit' };
    const { job_id } = await call('/v1/jobs', { type: 'EXECUTE', work_kind: 'test.work', queue: 'plain' }, asked);
    await call(`/v1/leases/${await leased('plain')}/fail`, {
      error: { code: 'DISK_FULL', message: 'no room' },
      retryable: false,
    });
    const found = await eventually(
      () => linesOf(String(job_id)),
      (lines) => lines.some(({ action }) => action === 'job_failed'),
    );
    const steps = found.map(({ action, current_state, next_state }) => [action, current_state, next_state]);
    expect(steps).toEqual([
      ['job_created', null, 'CREATED'],
      ['job_queued', 'CREATED', 'QUEUED'],
      ['job_assigned', 'QUEUED', 'ASSIGNED'],
      ['job_started', 'ASSIGNED', 'RUNNING'],
      ['job_failed', 'RUNNING', 'FAILED'],
    ]);
    for (const line of found)
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining([
          ...['time', 'level', 'action', 'request_id', 'client_id', 'job_id', 'current_state', 'next_state'],
          ...['error_code', 'error_message', 'trace_id', 'span_id'],
        ]),
      );
    expect(found[0]).toMatchObject({ request_id: 'the-submit', client_id: client.clientId });
    expect(found.at(-1)).toMatchObject({ error_code: 'DISK_FULL', error_message: 'no room' });
  });

  it('holds requests that fail, with their code, and keeps the others for who asks', async () => {
    await call('/v1/jobs', { type: 'EXECUTE' }, { 'x-request-id': 'a-bad-one' });
    const line = await eventually(
      () => engine.lines.find((each) => each.includes('a-bad-one')),
      (found) => found !== undefined,
    );
    expect(JSON.parse(line ?? '')).toMatchObject({
      ...{ level: 'info', action: 'request', method: 'POST', route: '/v1/jobs', status: 400 },
      error_code: 'RFA_JOB_VALIDATION_FAILED',
    });
    const fine = engine.lines.filter((each) => each.includes('"the-submit"') && each.includes('"action":"request"'));
    expect(fine.map((each) => (JSON.parse(each) as Line)['level'])).toEqual(['debug']);
  });

  it('holds no payload, result, tag, key or secret, and neither do metadata, traces, metrics and errors', async () => {
    const work = { type: 'EXECUTE', work_kind: 'test.work', queue: 'canary', payload: { deep: [canary.payload] } };
    const named = await engine.api.post('/v1/clients', { name: canary.name });
    expect(named.status).toBe(201);
    const key = { 'idempotency-key': canary.key };
    const job = await call('/v1/jobs', { ...work, tags: { label: canary.tag } }, key);
    await call('/v1/jobs', { ...work, payload: { other: canary.payload } }, key);
    const lease = await leased('canary');
    await call(`/v1/leases/${lease}/heartbeat`, { progress: { percent: 5, message: canary.message } });
    await call(`/v1/leases/${lease}/complete`, { result: { deep: canary.result } });
    await call(`/v1/leases/${lease}/complete`, { result: { other: canary.result } });
    await call('/v1/jobs', work);
    const failing = await leased('canary');
    const message = `cannot reach postgres://me:${canary.secret}@db/x with Bearer ${canary.secret} and ${clientKey}`;
    await call(`/v1/leases/${failing}/fail`, { error: { message }, retryable: false });
    const last = await call('/v1/jobs', { ...work, queue: 'gone' });
    await call(`/v1/jobs/${String(last['job_id'])}/cancel`, { reason: canary.cancel });
    const query = await engine.api.as(clientKey).get(`/v1/jobs?tag=a:${canary.url}&limit=0`);
    expect(query.status).toBe(400);
    await engine.api.as(`${clientKey}x`).get(`/v1/jobs?api_key=${clientKey}`);
    await eventually(
      () => linesOf(String(last['job_id'])),
      (lines) => lines.some(({ action }) => action === 'job_canceled'),
    );
    const seen = [
      ['log', engine.lines.join('')],
      ['metrics', await engine.scrape()],
      ['metadata', await metadata()],
      ['errors', answers],
      [
        'traces',
        JSON.stringify(
          spans.getFinishedSpans().map(({ name, attributes, status, links }) => [name, attributes, status, links]),
        ),
      ],
    ] as const;
    const planted = [...Object.values(canary), clientKey, adminKey];
    const found = seen.flatMap(([place, text]) =>
      planted.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(job['job_id']).toBeDefined();
    expect(seen.map(([, text]) => text.length > 100)).toEqual([true, true, true, true, true]);
  });
});

async function metadata(): Promise<string> {
  const log = await logOn(engine.database.connectionString);
  return log.map((recorded) => JSON.stringify(recorded.metadata)).join('\n');
}
