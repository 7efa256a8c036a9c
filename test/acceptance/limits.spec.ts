import { afterEach, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { madeBefore } from '../support/past-schedule.js';

interface Batch {
  readonly items: readonly { readonly status: number; readonly problem?: { readonly code: string } }[];
}

let engine: Engine | null = null;
const withLimits = async (env: Readonly<Record<string, string>>): Promise<Engine> => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga', ...env } });
  return engine;
};
afterEach(async () => {
  await engine?.stop();
  engine = null;
});

const job = { type: 'EXECUTE', work_kind: 'email.send' };
const submit = (api: Api, more: object = {}) => api.post<{ job_id: string }>('/v1/jobs', { ...job, ...more });

describe('the rate limit', () => {
  it('is told with every answer, and holds for one client without touching another', async () => {
    const { api: operator } = await withLimits({ FORGERUN_RATE_LIMIT_PER_MINUTE: '10' });
    const { api } = await operator.newClient();
    const { api: other } = await operator.newClient();
    const first = await submit(api);
    expect(first.status).toBe(202);
    expect(first.headers.get('ratelimit-policy')).toBe('"client";q=10;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"client";r=9;t=[1-9]\d?$/);
    for (let n = 0; n < 9; n += 1) await api.get('/v1/jobs?limit=1');
    const refused = await api.get('/v1/jobs?limit=1');
    expect(refused).toMatchObject({ status: 429, body: { code: 'RFA_REQUEST_RATE_LIMITED' } });
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get('ratelimit')).toMatch(/^"client";r=0;/);
    expect((await other.get('/v1/jobs')).status).toBe(200);
  }, 240_000);

  it('counts the jobs of a batch singly', async () => {
    const { api: operator } = await withLimits({ FORGERUN_RATE_LIMIT_PER_MINUTE: '10' });
    const { api } = await operator.newClient();
    const batch = (count: number) => api.post<Batch>('/v1/jobs/batch', { jobs: Array(count).fill(job) });
    const four = await batch(4);
    expect(four.status).toBe(200);
    expect(four.headers.get('ratelimit')).toMatch(/^"client";r=6;/);
    const seven = await batch(7);
    expect(seven.status).toBe(429);
    expect(Number(seven.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect((await batch(6)).status).toBe(200);
  }, 240_000);

  it('does not count what workers call, and answers them also when nothing is left', async () => {
    const { api: operator } = await withLimits({ FORGERUN_RATE_LIMIT_PER_MINUTE: '3' });
    const { api } = await operator.newClient();
    for (let n = 0; n < 3; n += 1) await submit(api);
    const leased = await api.post<{ leases: readonly { lease_id: string }[] }>('/v1/leases', {
      worker_id: 'w1',
      max_jobs: 3,
      wait_ms: 10_000,
      start: true,
    });
    const [id = ''] = leased.body.leases.map(({ lease_id }) => lease_id);
    expect([leased.status, id === '']).toEqual([200, false]);
    const calls = [
      ['/v1/leases/heartbeat', { items: [{ lease_id: id }] }],
      [`/v1/leases/${id}/heartbeat`, {}],
      [`/v1/leases/${id}/start`, {}],
      [`/v1/leases/${id}/complete`, {}],
      ['/v1/leases/complete', { items: [{ lease_id: id }, { lease_id: id }] }],
    ] as const;
    for (const [path, body] of calls) {
      const answer = await api.post(path, body);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.headers.get('ratelimit')).toMatch(/^"client";r=0;/);
    }
    expect((await submit(api)).status).toBe(429);
  }, 240_000);

  it('leaves out what needs no key, and is no limit at all where it is 0', async () => {
    const { api: operator, url } = await withLimits({ FORGERUN_RATE_LIMIT_PER_MINUTE: '0' });
    const answer = await operator.get('/v1/jobs');
    expect(answer.headers.get('ratelimit')).toBeNull();
    expect((await fetch(`${url}/health/live`)).headers.get('ratelimit')).toBeNull();
  }, 240_000);
});

describe('the limit of queued jobs', () => {
  it('holds per queue and client, lets repeats through, and gives way when the queue empties', async () => {
    const { api: operator } = await withLimits({ FORGERUN_MAX_QUEUED_JOBS: '3' });
    const { api } = await operator.newClient();
    for (let n = 0; n < 3; n += 1) expect((await submit(api, { idempotency_key: `k${n}` })).status).toBe(202);
    const refused = await submit(api, { idempotency_key: 'k3' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'RFA_EXEC_QUEUE_FULL' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const repeat = await submit(api, { idempotency_key: 'k0' });
    expect(repeat.status).toBe(202);
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    expect((await submit(api, { queue: 'other' })).status).toBe(202);
    const { api: other } = await operator.newClient();
    expect((await submit(other)).status).toBe(202);
    const deferred = { type: 'DEFERRED', execution_at: new Date(Date.now() + 3_600_000).toISOString() };
    expect((await submit(api, deferred)).status).toBe(202);

    const leased = await api.post<{ leases: readonly unknown[] }>('/v1/leases', {
      worker_id: 'w1',
      queues: ['default'],
      wait_ms: 10_000,
    });
    expect(leased.body.leases).toHaveLength(1);
    await eventually(async () => (await submit(api, { idempotency_key: 'k3' })).status === 202);
  }, 240_000);

  it('answers each job of a batch by itself', async () => {
    const { api: operator } = await withLimits({ FORGERUN_MAX_QUEUED_JOBS: '2' });
    const { api } = await operator.newClient();
    const answer = await api.post<Batch>('/v1/jobs/batch', {
      jobs: [job, { ...job, work_kind: 'No Kind' }, job, job, { ...job, queue: 'other' }],
    });
    expect(answer.body.items.map(({ status }) => status)).toEqual([202, 400, 202, 503, 202]);
    expect(answer.body.items[3]?.problem?.code).toBe('RFA_EXEC_QUEUE_FULL');
  }, 240_000);
});

describe('the limit of active jobs', () => {
  it('holds for the whole system, after a restart too, and gives way when jobs end', async () => {
    const { api: operator, database } = await withLimits({ FORGERUN_MAX_ACTIVE_JOBS: '2' });
    const { api } = await operator.newClient();
    const { api: other } = await operator.newClient();
    const first = await submit(api);
    expect((await submit(other)).status).toBe(202);
    expect(await submit(api)).toMatchObject({ status: 503, body: { code: 'RFA_EXEC_QUEUE_FULL' } });
    const again = await startTestEngine({ database, env: { FORGERUN_MAX_ACTIVE_JOBS: '2', FORGERUN_ROLES: 'api' } });
    try {
      await eventually(async () => (await submit(new Api(again.url, api.key))).status === 503);
    } finally {
      await again.stop();
    }
    await api.post(`/v1/jobs/${first.body.job_id}/cancel`);
    await eventually(async () => (await submit(api)).status === 202);
  }, 240_000);
});

interface Occurrence {
  readonly due_at: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
}

describe('a schedule whose jobs find no room', () => {
  const everySecond = { cron: '* * * * * *', timezone: 'UTC', job };

  async function create(api: Api, body: object): Promise<string> {
    const made = await api.post('/v1/schedules', { ...everySecond, ...body });
    expect(made.status).toBe(201);
    return String(made.body['schedule_id']);
  }

  async function ledger(api: Api, id: string, holds: (items: readonly Occurrence[]) => boolean) {
    const path = `/v1/schedules/${id}/occurrences?limit=200`;
    const answer = await api.until<{ items: readonly Occurrence[] }>(path, ({ body }) => holds(body.items));
    return answer.body.items;
  }

  const outcomeOf = ({ outcome, reason }: Occurrence): string => (reason === null ? outcome : `${outcome} ${reason}`);
  const full = (items: readonly Occurrence[]): readonly Occurrence[] =>
    items.filter((each) => outcomeOf(each) === 'SKIPPED queue_full');
  /** The last word of an occurrence comes with the answer to its job. */
  const isSettled = (items: readonly Occurrence[]): boolean => {
    const [newest, ...older] = items;
    return newest !== undefined && older.length > 0 && full([newest]).length === 1;
  };
  const jobsOf = async (api: Api, id: string): Promise<readonly string[]> => {
    const listed = await api.get<{ items: readonly { job_id: string }[] }>(`/v1/jobs?limit=200&schedule_id=${id}`);
    return listed.body.items.map(({ job_id }) => job_id).sort();
  };

  it('skips its ticks while its queue is full, says so in its ledger, and fires once there is room', async () => {
    const { api: operator } = await withLimits({ FORGERUN_MAX_QUEUED_JOBS: '2' });
    const { api } = await operator.newClient();
    const id = await create(api, { name: 'filling', overlap: 'allow' });
    const items = await ledger(api, id, (all) => full(all).length >= 2 && isSettled(all));
    const jobs = items.flatMap(({ job_id }) => job_id ?? []);
    expect(jobs).toHaveLength(2);
    expect(await jobsOf(api, id)).toEqual(jobs.toSorted());
    expect(new Set(items.map(outcomeOf))).toEqual(new Set(['FIRED', 'SKIPPED queue_full']));
    for (const { job_id } of full(items)) expect(job_id).toBeNull();
    const times = items.map(({ due_at }) => Date.parse(due_at)).reverse();
    expect(times).toEqual(times.map((_, index) => (times[0] ?? 0) + index * 1000));

    await api.post(`/v1/schedules/${id}/pause`);
    const paused = await ledger(api, id, ([newest]) => newest?.reason === 'paused');
    const triggered = await api.post(`/v1/schedules/${id}/trigger`);
    expect(triggered.status).toBe(200);
    await ledger(api, id, (all) => full(all).length === full(paused).length + 1);
    expect((await api.get(`/v1/jobs/${String(triggered.body['job_id'])}`)).status).toBe(404);
    await api.post(`/v1/schedules/${id}/resume`);

    await api.post('/v1/leases', { worker_id: 'w1', max_jobs: 1, wait_ms: 10_000 });
    const [before] = paused;
    const after = await ledger(api, id, (all) =>
      all.some(({ outcome, due_at }) => outcome === 'FIRED' && due_at > (before?.due_at ?? '') && isSettled(all)),
    );
    const fired = after.flatMap(({ job_id }) => job_id ?? []);
    expect(fired).toHaveLength(3);
    expect(await jobsOf(api, id)).toEqual(fired.toSorted());
  }, 240_000);

  it('skips its ticks while the engine holds as many jobs as it may, and does not wait for what never came', async () => {
    const { api: operator } = await withLimits({ FORGERUN_MAX_ACTIVE_JOBS: '1' });
    const { api } = await operator.newClient();
    expect((await submit(api)).status).toBe(202);
    for (const overlap of ['skip', 'buffer_one', 'cancel_previous']) {
      const id = await create(api, { name: overlap, overlap });
      const items = await ledger(api, id, (all) => full(all).length >= 3 && isSettled(all));
      expect(new Set(items.map(outcomeOf))).toEqual(new Set(['SKIPPED queue_full']));
      expect(await jobsOf(api, id)).toEqual([]);
      await api.call('DELETE', `/v1/schedules/${id}`);
    }
  }, 240_000);

  it('makes up for as many as there is room for', async () => {
    const { api: operator, database } = await withLimits({ FORGERUN_MAX_QUEUED_JOBS: '7' });
    const { api } = await operator.newClient();
    const model = await create(api, { name: 'model', cron: '* * * * *', missed: 'fire_all' });
    await api.post(`/v1/schedules/${model}/pause`);
    const id = await madeBefore(database.connectionString, model, 90 * 60_000);
    const isFired = ({ outcome }: Occurrence): boolean => outcome === 'FIRED';
    await api.until(`/v1/schedules/${id}`, ({ status }) => status === 200);
    const items = await ledger(api, id, (all) => all.length >= 89 && all.filter(isFired).length <= 7);
    expect(items.filter((each) => !isFired(each)).map(outcomeOf)).toEqual(
      Array(items.length - 7).fill('SKIPPED queue_full'),
    );
    expect(await jobsOf(api, id)).toEqual(items.flatMap(({ job_id }) => job_id ?? []).toSorted());
  }, 240_000);
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
