import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

interface Figures {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}
interface Part {
  readonly bucket_start: string | null;
  readonly group: string | null;
  readonly jobs: number;
  readonly states: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly success_rate: number | null;
  readonly attempts: number;
  readonly retries: number;
  readonly queue_wait_ms: Figures;
  readonly run_ms: Figures;
}
interface Summary {
  readonly from: string;
  readonly to: string;
  readonly total: Part;
  readonly items: readonly Part[];
  readonly groups_left_out: number;
}

let engine: Engine;
let api: Api;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api } = await engine.api.newClient());
  await history();
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const nothing = { p50: null, p95: null, p99: null };
const noStates = { CREATED: 0, QUEUED: 0, ASSIGNED: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0, CANCELED: 0 };

/** Two succeed, one of them on its second attempt; one fails for good; one is cancelled; one waits; one is deferred. */
async function history(): Promise<void> {
  const submit = async (workKind: string, queue: string, more: object = {}) => {
    const body = { type: 'EXECUTE', work_kind: workKind, queue, ...more };
    return (await api.post<{ job_id: string }>('/v1/jobs', body)).body.job_id;
  };
  const run = async (queue: string): Promise<string> => {
    const { body } = await api.post<{ leases: readonly { lease_id: string }[] }>('/v1/leases', {
      worker_id: 'w1',
      queues: [queue],
      start: true,
      wait_ms: 10_000,
    });
    return body.leases[0]?.lease_id ?? '';
  };
  await submit('email.send', 'mail');
  await api.post(`/v1/leases/${await run('mail')}/complete`, {});
  await submit('email.send', 'mail', { retry: { max_attempts: 2, backoff_base_ms: 1, jitter: 'none' } });
  await api.post(`/v1/leases/${await run('mail')}/fail`, { error: { message: 'no' } });
  await api.post(`/v1/leases/${await run('mail')}/complete`, {});
  await submit('bill.print', 'bills');
  await api.post(`/v1/leases/${await run('bills')}/fail`, { error: { message: 'no' }, retryable: false });
  await api.post(`/v1/jobs/${await submit('bill.print', 'bills')}/cancel`, {});
  await submit('bill.print', 'bills');
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await submit('email.send', 'mail', { type: 'DEFERRED', execution_at: later });
}

const summary = async (query = ''): Promise<Summary> => {
  const { status, body } = await api.get<Summary>(`/v1/reports/summary${query}`);
  expect(status).toBe(200);
  return body;
};

describe('the summary', () => {
  it('says what has become of the jobs of the last day', async () => {
    const { from, to, total, items } = await summary();
    expect(Date.parse(to) - Date.parse(from)).toBe(86_400_000);
    expect(items).toEqual([]);
    expect(total).toMatchObject({
      jobs: 6,
      states: { CREATED: 1, QUEUED: 1, ASSIGNED: 0, RUNNING: 0, SUCCEEDED: 2, FAILED: 1, CANCELED: 1 },
      outcomes: { SUCCESS: 2, FAILED: 1, CANCELED: 1 },
      success_rate: 2 / 3,
      attempts: 5,
      retries: 1,
    });
    for (const { p50, p95, p99 } of [total.queue_wait_ms, total.run_ms]) {
      expect(p50).toBeGreaterThanOrEqual(0);
      expect(p95).toBeGreaterThanOrEqual(p50 ?? NaN);
      expect(p99).toBeGreaterThanOrEqual(p95 ?? NaN);
    }
  });

  it('can be told apart by work kind and by queue', async () => {
    const { items } = await summary('?group_by=work_kind');
    expect(items).toMatchObject([
      { group: 'bill.print', bucket_start: null, jobs: 3, success_rate: 0, attempts: 2 },
      { group: 'email.send', bucket_start: null, jobs: 3, success_rate: 1, attempts: 3, retries: 1 },
    ]);
    expect((await summary('?group_by=queue')).items.map(({ group, jobs }) => [group, jobs])).toEqual([
      ['bills', 3],
      ['mail', 3],
    ]);
    expect((await summary('?group_by=schedule')).items).toMatchObject([{ group: null, jobs: 6 }]);
  });

  it.each(['minute', 'hour', 'day'])('can be told apart by the %s, and the parts add up', async (bucket) => {
    const from = new Date(Date.now() - 600_000).toISOString();
    const { items, total } = await summary(`?bucket=${bucket}&group_by=queue&from=${from}`);
    expect(items.length).toBeGreaterThanOrEqual(2);
    for (const { bucket_start } of items) expect(bucket_start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    expect(items.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(total.jobs);
    expect(items.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(total.attempts);
  });

  it('is empty where nothing happened, and counts nothing outside', async () => {
    const { total, items } = await summary('?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z&group_by=queue');
    expect(items).toEqual([]);
    expect(total).toEqual({
      jobs: 0,
      states: noStates,
      outcomes: { SUCCESS: 0, FAILED: 0, CANCELED: 0 },
      success_rate: null,
      attempts: 0,
      retries: 0,
      queue_wait_ms: nothing,
      run_ms: nothing,
    });
  });

  it('shows nothing of another client', async () => {
    const { api: other } = await engine.api.newClient();
    expect((await other.get<Summary>('/v1/reports/summary?group_by=queue')).body).toMatchObject({
      total: { jobs: 0, attempts: 0 },
      items: [],
    });
  });

  it.each([
    ['from=yesterday', '/from'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', '/from'],
    ['from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', '/from'],
    ['from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&bucket=minute', '/bucket'],
    ['bucket=week', '/bucket'],
    ['group_by=client', '/group_by'],
    ['limit=5', '/limit'],
  ])('refuses %s', async (query, pointer) => {
    const answer = await api.get<{ code: string; errors: readonly { pointer: string }[] }>(
      `/v1/reports/summary?${query}`,
    );
    expect(answer).toMatchObject({ status: 400, body: { code: 'RFA_REQUEST_MALFORMED' } });
    expect(answer.body.errors.map((fault) => fault.pointer)).toContain(pointer);
  });

  it('needs a key that may look', async () => {
    expect(await engine.api.as(null).get('/v1/reports/summary')).toMatchObject({ status: 401 });
    const { api: reader } = await engine.api.newClient(['read']);
    expect(await reader.get('/v1/reports/summary')).toMatchObject({ status: 200 });
  });
});
