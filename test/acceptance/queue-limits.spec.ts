import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { queueHistoryOf } from '../support/queue-history.js';
import { leased, submitted } from './jobs.fixture.js';

interface Queue {
  readonly queue: string;
  readonly max_running: number | null;
}

const roles = { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_RATE_LIMIT_PER_MINUTE: '1000000' };

let engine: Engine;
let other: Engine;
beforeAll(async () => {
  engine = await startTestEngine({ env: roles });
  other = await startTestEngine({ env: roles, database: engine.database });
}, 240_000);
afterAll(async () => {
  await other.stop();
  await engine.stop();
});

const limit = (api: Api, queue: string, max: number | null) =>
  api.post<Queue>(`/v1/queues/${queue}/limit`, { max_running: max });

/** Leases and completes until the queue has given so many jobs in all. */
async function work(apis: readonly Api[], queue: string, jobs: number): Promise<void> {
  let left = jobs;
  const one = async (api: Api, name: string): Promise<void> => {
    while (left > 0) {
      const given = await leased(api, { worker_id: name, queues: [queue], max_jobs: 3, wait_ms: 500, start: true });
      left -= given.length;
      for (const { lease_id } of given)
        expect(await api.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
    }
  };
  await Promise.all(apis.flatMap((api, at) => [1, 2, 3].map((n) => one(api, `w${at}-${n}`))));
}

describe('a queue with a limit', () => {
  it.each([1, 2, 3])(
    'never runs more than %i at once on two nodes, and runs everything',
    async (max) => {
      const { api } = await engine.api.newClient();
      const there = new Api(other.url, api.key);
      expect(await limit(api, 'narrow', max)).toMatchObject({ status: 200, body: { max_running: max } });
      const jobs = Array.from({ length: 200 }, () => ({ type: 'EXECUTE', work_kind: 'test.work', queue: 'narrow' }));
      const answer = await api.post('/v1/jobs/batch', { jobs });
      expect(answer.status).toBeLessThan(300);
      await work([api, there], 'narrow', 200);
      let history = await queueHistoryOf(api);
      // What the other node wrote is read here a moment later.
      for (let looks = 0; looks < 20 && history.done < 200; looks += 1) history = await queueHistoryOf(api);
      expect(history).toEqual({ most: max, done: 200 });
    },
    240_000,
  );

  it('gives room back for jobs that are released or canceled', async () => {
    const { api } = await engine.api.newClient();
    await limit(api, 'narrow', 1);
    const first = await submitted(api, { queue: 'narrow' });
    const second = await submitted(api, { queue: 'narrow' });
    const [lease] = await leased(api, { queues: ['narrow'], max_jobs: 5 });
    expect(await leased(api, { queues: ['narrow'], wait_ms: 0 })).toEqual([]);
    await api.post(`/v1/leases/${String(lease?.lease_id)}/release`, {});
    expect(await leased(api, { queues: ['narrow'] })).toMatchObject([{ job_id: second }]);
    expect(await leased(api, { queues: ['narrow'], wait_ms: 0 })).toEqual([]);
    await api.post(`/v1/jobs/${second}/cancel`, {});
    expect(await leased(api, { queues: ['narrow'] })).toMatchObject([{ job_id: first }]);
  }, 240_000);

  it('keeps no room for jobs that its workers cannot do, and leaves other queues alone', async () => {
    const { api } = await engine.api.newClient();
    await limit(api, 'narrow', 1);
    await submitted(api, { queue: 'narrow', work_kind: 'test.other' });
    const ours = await submitted(api, { queue: 'narrow' });
    const wide = [await submitted(api, { queue: 'wide' }), await submitted(api, { queue: 'wide' })];
    await api.until('/v1/queues/wide', ({ body }) => body['depth'] === 2);
    const given = [
      ...(await leased(api, { queues: ['narrow'], work_kinds: ['test.work'], max_jobs: 5 })),
      ...(await leased(api, { queues: ['wide'], max_jobs: 5 })),
    ];
    expect(given.map(({ job_id }) => job_id)).toEqual([ours, ...wide]);
  }, 240_000);

  it('is raised and taken away for every node, and wakes who waits', async () => {
    const { api } = await engine.api.newClient();
    const there = new Api(other.url, api.key);
    await limit(api, 'narrow', 1);
    for (let job = 0; job < 3; job += 1) await submitted(api, { queue: 'narrow' });
    expect(await leased(there, { queues: ['narrow'], max_jobs: 5 })).toHaveLength(1);
    const second = leased(there, { queues: ['narrow'], max_jobs: 5, wait_ms: 20_000 });
    await limit(api, 'narrow', 2);
    expect(await second).toHaveLength(1);
    const third = leased(there, { queues: ['narrow'], max_jobs: 5, wait_ms: 20_000 });
    await limit(api, 'narrow', null);
    expect(await third).toHaveLength(1);
    expect((await api.get<{ items: Queue[] }>('/v1/queues')).body.items).toMatchObject([{ max_running: null }]);
  }, 240_000);

  it('refuses limits that mean nothing, and keys that may not', async () => {
    const { api } = await engine.api.newClient();
    expect(await api.post('/v1/queues/narrow/limit', { max_running: 0 })).toMatchObject({ status: 400 });
    expect(await api.post('/v1/queues/narrow/limit', {})).toMatchObject({ status: 400 });
    const { api: worker } = await engine.api.newClient(['worker']);
    expect(await limit(worker, 'narrow', 1)).toMatchObject({ status: 403 });
  });
});
