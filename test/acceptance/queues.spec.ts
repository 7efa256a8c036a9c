import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';

interface Queue {
  readonly queue: string;
  readonly depth: number;
  readonly running: number;
  readonly oldest_queued_at: string | null;
  readonly oldest_age_ms: number | null;
  readonly paused: boolean;
  readonly max_running: number | null;
}
interface List {
  readonly items: readonly Queue[];
  readonly next_cursor: string | null;
}
interface Leased {
  readonly leases: readonly { readonly lease_id: string; readonly job_id: string; readonly queue: string }[];
}

let engine: Engine;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const submit = async (api: Api, queue: string, more: object = {}): Promise<string> => {
  const { body, status } = await api.post<{ job_id: string }>('/v1/jobs', {
    type: 'EXECUTE',
    work_kind: 'email.send',
    queue,
    ...more,
  });
  expect(status).toBe(202);
  return body.job_id;
};

const lease = (api: Api, more: object = {}) =>
  api.post<Leased>('/v1/leases', { worker_id: 'w1', start: true, ...more });

describe('the queues of a client', () => {
  it('are listed by name with what waits and what runs', async () => {
    const { api } = await engine.api.newClient();
    const before = Date.now();
    const first = await submit(api, 'mail', { priority: 9 });
    await submit(api, 'mail', { priority: 0, work_kind: 'email.check' });
    await submit(api, 'bills');
    expect((await lease(api, { queues: ['bills'], wait_ms: 10_000 })).body.leases).toHaveLength(1);
    const { status, body } = await api.until<List>('/v1/queues', ({ body: { items } }) => items[0]?.running === 1);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          queue: 'bills',
          depth: 0,
          running: 1,
          oldest_queued_at: null,
          oldest_age_ms: null,
          paused: false,
          max_running: null,
        },
        expect.objectContaining({ queue: 'mail', depth: 2, running: 0, paused: false }),
      ],
      next_cursor: null,
    });
    const oldest = body.items[1];
    const job = await api.get<{ queued_at: string }>(`/v1/jobs/${first}`);
    expect(oldest?.oldest_queued_at).toBe(job.body.queued_at);
    expect(oldest?.oldest_age_ms).toBeGreaterThanOrEqual(0);
    expect(oldest?.oldest_age_ms).toBeLessThan(Date.now() - before + 2_000);
  });

  it('are shown one by one as they are listed, also one that no job has named yet', async () => {
    const { api } = await engine.api.newClient();
    await submit(api, 'mail');
    await api.post('/v1/queues/mail/pause');
    await api.post('/v1/queues/mail/limit', { max_running: 3 });
    const { status, body } = await api.get<Queue>('/v1/queues/mail');
    expect(status).toBe(200);
    const { body: list } = await api.get<List>('/v1/queues');
    expect({ ...body, oldest_age_ms: null }).toEqual({ ...list.items[0], oldest_age_ms: null });
    expect(body).toMatchObject({ queue: 'mail', depth: 1, running: 0, paused: true, max_running: 3 });
    const unnamed = { queue: 'empty', depth: 0, running: 0, oldest_queued_at: null, oldest_age_ms: null };
    expect((await api.get('/v1/queues/empty')).body).toEqual({ ...unnamed, paused: false, max_running: null });
    const { api: other } = await engine.api.newClient();
    expect((await other.get('/v1/queues/mail')).body).toMatchObject({ depth: 0, paused: false, max_running: null });
    expect(await api.get('/v1/queues/No%20Such')).toMatchObject({ status: 400 });
    expect(await api.get('/v1/queues/mail?limit=1')).toMatchObject({ status: 400 });
  });

  it('are given in pages', async () => {
    const { api } = await engine.api.newClient();
    for (const queue of ['a', 'b', 'c']) await submit(api, queue);
    const first = await api.get<List>('/v1/queues?limit=2');
    expect(first.body.items.map(({ queue }) => queue)).toEqual(['a', 'b']);
    const second = await api.get<List>(`/v1/queues?limit=2&cursor=${String(first.body.next_cursor)}`);
    expect(second.body).toMatchObject({ items: [{ queue: 'c' }], next_cursor: null });
    const { api: other } = await engine.api.newClient();
    expect(await other.get(`/v1/queues?cursor=${String(first.body.next_cursor)}`)).toMatchObject({ status: 400 });
  });

  it('are nobody else’s', async () => {
    const { api } = await engine.api.newClient();
    await submit(api, 'mine');
    const { api: other } = await engine.api.newClient();
    expect((await other.get<List>('/v1/queues')).body.items).toEqual([]);
    await other.post('/v1/queues/mine/pause');
    expect((await api.get<List>('/v1/queues')).body.items).toMatchObject([{ queue: 'mine', paused: false }]);
    expect((await lease(api, { wait_ms: 10_000 })).body.leases).toHaveLength(1);
  });

  it('are seen and paused only with a key that may', async () => {
    const { api: reader } = await engine.api.newClient(['read']);
    expect(await reader.get('/v1/queues')).toMatchObject({ status: 200 });
    expect(await reader.post('/v1/queues/mail/pause')).toMatchObject({ status: 403 });
    const { api: worker } = await engine.api.newClient(['worker']);
    expect(await worker.post('/v1/queues/mail/resume')).toMatchObject({ status: 403 });
    for (const path of ['/v1/queues', '/v1/queues/mail']) {
      expect(await reader.get(path)).toMatchObject({ status: 200 });
      expect(await worker.get(path)).toMatchObject({ status: 403 });
    }
    expect(await engine.api.as(null).get('/v1/queues')).toMatchObject({ status: 401 });
  });

  it('refuse names that no queue can have, and parameters that mean nothing', async () => {
    const { api } = await engine.api.newClient();
    expect(await api.post('/v1/queues/No%20Such/pause')).toMatchObject({
      status: 400,
      body: { code: 'RFA_REQUEST_MALFORMED' },
    });
    expect(await api.get('/v1/queues?limit=0')).toMatchObject({ status: 400 });
    expect(await api.get('/v1/queues?paused=true')).toMatchObject({ status: 400 });
    expect(await api.post('/v1/queues/mail/pause', { for: 'ever' })).toMatchObject({ status: 400 });
  });
});

describe('a paused queue', () => {
  it('gives no job to anybody from the moment the pause is answered', async () => {
    const { api } = await engine.api.newClient();
    await submit(api, 'held');
    const flowing = await submit(api, 'flowing');
    const paused = await api.post<Queue>('/v1/queues/held/pause');
    expect(paused).toMatchObject({ status: 200, body: { queue: 'held', paused: true } });
    expect(paused.headers.get('forgerun-position')).toMatch(/^p/);
    expect((await lease(api, { max_jobs: 10, wait_ms: 10_000 })).body.leases).toMatchObject([{ job_id: flowing }]);
    expect((await lease(api, { queues: ['held'] })).body.leases).toEqual([]);
    expect((await api.get<List>('/v1/queues')).body.items).toMatchObject([
      { queue: 'flowing', paused: false },
      { queue: 'held', paused: true, depth: 1 },
    ]);
  });

  it('still takes jobs, and is listed before it ever held one', async () => {
    const { api } = await engine.api.newClient();
    await api.post('/v1/queues/empty/pause');
    expect((await api.get<List>('/v1/queues')).body.items).toMatchObject([{ queue: 'empty', depth: 0, paused: true }]);
    await submit(api, 'empty');
    // Asked first, so that the job is ready for any worker that might get it.
    expect((await api.get<List>('/v1/queues')).body.items).toMatchObject([{ depth: 1 }]);
    expect((await lease(api)).body.leases).toEqual([]);
  });

  it('can be paused and resumed any number of times', async () => {
    const { api } = await engine.api.newClient();
    for (const [order, paused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
      ['resume', false],
      ['pause', true],
    ] as const)
      expect(await api.post(`/v1/queues/mail/${order}`)).toMatchObject({ status: 200, body: { paused } });
  });

  it('is paused and resumed for every node at once', async () => {
    const { api } = await engine.api.newClient();
    const apiNode = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
    try {
      const there = new Api(apiNode.url, api.key);
      await there.post('/v1/queues/held/pause');
      const jobId = await submit(api, 'held');
      const waiting = lease(there, { queues: ['held'], wait_ms: 25_000 });
      expect((await api.get<List>('/v1/queues')).body.items).toMatchObject([{ depth: 1, paused: true }]);
      expect((await lease(api)).body.leases).toEqual([]);
      await api.post('/v1/queues/held/resume');
      expect((await waiting).body.leases).toMatchObject([{ job_id: jobId }]);
    } finally {
      await apiNode.stop();
    }
  }, 240_000);

  it('wakes workers that wait when it is resumed', async () => {
    const { api } = await engine.api.newClient();
    await api.post('/v1/queues/held/pause');
    const jobId = await submit(api, 'held');
    const startedAt = performance.now();
    const waiting = lease(api, { queues: ['held'], wait_ms: 25_000 });
    expect((await lease(api, { queues: ['held'] })).body.leases).toEqual([]);
    await api.post('/v1/queues/held/resume');
    expect((await waiting).body.leases).toMatchObject([{ job_id: jobId }]);
    // It would have waited for twenty-five seconds.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
