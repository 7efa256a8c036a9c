import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { queueHistoryOf } from '../support/queue-history.js';
import { answered, chances, countIn } from './engine.fixture.js';

const env = { FORGERUN_LEASE_MS: '1000', FORGERUN_HEARTBEAT_MS: '300', FORGERUN_RATE_LIMIT_PER_MINUTE: '0' };
const jobs = 120;
const kills = 5;
const max = 2;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterAll(async () => {
  await database.drop();
});

const start = (): Promise<EngineProcess> =>
  startEngineProcess({ connectionString: database.connectionString, roles: 'api,projector,saga', env });

interface Given {
  readonly leases: readonly { readonly lease_id: string }[];
}

/** Leases and completes at whatever node is asked, until told to stop; what gets no answer is left to its lease. */
async function work(name: string, apiNow: () => Api, stop: AbortSignal): Promise<void> {
  const wish = { worker_id: name, queues: ['narrow'], max_jobs: 3, wait_ms: 300, start: true };
  while (!stop.aborted) {
    const given = await answered(() => apiNow().post<Given>('/v1/leases', wish), stop);
    for (const { lease_id } of given?.body.leases ?? [])
      await answered(() => apiNow().post(`/v1/leases/${lease_id}/complete`, {}), stop);
  }
}

describe('a queue with a limit', () => {
  it('holds it, and gets all its jobs done, while a node that leases is killed again and again', async () => {
    const steady = await start();
    let doomed = await start();
    const { api } = await steady.api.newClient();
    const limit = await api.post('/v1/queues/narrow/limit', { max_running: max });
    expect(limit.status).toBe(200);
    const wanted = Array.from({ length: jobs }, () => ({ type: 'EXECUTE', work_kind: 'test.work', queue: 'narrow' }));
    expect((await api.post('/v1/jobs/batch', { jobs: wanted })).status).toBeLessThan(300);

    const over = new AbortController();
    const nodes = [() => api, () => api.at(doomed.url)];
    const workers = [0, 1, 2, 3].map((n) => work(`w${n}`, nodes[n % 2] ?? nodes[0] ?? (() => api), over.signal));
    // The history reads the streams themselves; asked without a pause it would be most of the work that is done here.
    const done = (): Promise<number> => countIn(api, 'SUCCEEDED');
    const chance = chances(8);
    for (let kill = 0; kill < kills; kill += 1) {
      const next = (await done()) + 3 + Math.floor(chance() * 12);
      while ((await done()) < Math.min(jobs, next));
      doomed.kill('SIGKILL');
      await doomed.exited;
      doomed = await start();
    }
    while ((await done()) < jobs);
    over.abort();
    await Promise.all(workers);
    // The history has a read model of its own, which may be a moment behind.
    let history = await queueHistoryOf(api);
    while (history.done < jobs) history = await queueHistoryOf(api);
    expect(history).toEqual({ most: max, done: jobs });
  }, 400_000);
});
