import { afterEach, describe, expect, it } from '@jest/globals';
import { onDatabase } from '../support/database-settings.js';
import { itemsIn } from '../acceptance/jobs.fixture.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { blackHole } from '../support/black-hole.js';
import { newDataDir, startEngineProcess } from '../support/engine-process.js';
import { logBeside } from '../support/event-store-under-test.js';
import { freezePostgres } from '../support/frozen-postgres.js';
import { faultsIn } from '../support/history-checker.js';
import { testDatabase } from '../support/postgres.js';
import { answered, logOf } from './engine.fixture.js';

const settings = { FORGERUN_LOG_LEVEL: 'warn', FORGERUN_LEASE_MS: '60000' };

/** What this machine may add to any time that is promised. */
const slackMs = 20_000;

/** An answer, and how long it took to come. */
async function timed(asked: Promise<ApiAnswer>): Promise<{ readonly answer: ApiAnswer; readonly ms: number }> {
  const began = performance.now();
  const answer = await asked;
  return { answer, ms: performance.now() - began };
}

const job = (key: string): object => ({ type: 'EXECUTE', work_kind: 'SUCCESS_FAST', idempotency_key: key });

async function submitted(api: Api, key: string): Promise<string> {
  const answer = await answered(() => api.post('/v1/jobs', job(key)), new AbortController().signal);
  return String(answer?.body['job_id']);
}

const thawing: (() => void)[] = [];
afterEach(() => {
  for (const thaw of thawing.splice(0)) thaw();
});

describe('a Postgres that hangs', () => {
  it('keeps no call waiting, and nothing acknowledged is lost or doubled when it goes on', async () => {
    const dataDir = await newDataDir();
    const env = { ...settings, ...(await logBeside(dataDir)) };
    const { api } = await startEngineProcess({ dataDir, env, roles: 'api,projector,saga' });
    const before = await submitted(api, 'before');
    await api.until(`/v1/jobs/${before}`, ({ status }) => status === 200);

    const longPoll = timed(api.post('/v1/leases', { worker_id: 'w', queues: ['nothing'], wait_ms: 5_000 }));
    const thaw = await freezePostgres(dataDir);
    thawing.push(thaw);
    const keys = Array.from({ length: 20 }, (_, n) => `during-${n}`);
    const submits = keys.map((key) => timed(api.post('/v1/jobs', job(key))));
    const batch = timed(api.post('/v1/jobs/batch', { jobs: keys.map((key) => job(`batch-${key}`)) }));
    const lease = timed(api.post('/v1/leases', { worker_id: 'w', queues: ['nothing'] }));
    const reads = [`/v1/jobs/${before}`, '/v1/jobs', '/v1/reports/summary', '/v1/events', '/v1/queues'].map((path) =>
      timed(api.get(path)),
    );
    const ready = await timed(api.get('/health/ready'));
    expect(ready.answer.status).toBe(503);
    expect(ready.ms).toBeLessThan(2_000 + slackMs);
    expect((await timed(api.get('/health/live'))).answer.status).toBe(200);

    for (const { answer, ms } of await Promise.all([...submits, ...reads, lease])) {
      expect(ms).toBeLessThan(15_000 + slackMs);
      if (answer.status < 300) continue;
      expect([503, 504]).toContain(answer.status);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    const itemStatuses = itemsIn((await batch).answer).map((item) => Number(item['status']));
    expect((await batch).ms).toBeLessThan(15_000 + slackMs);
    // A log that is elsewhere takes them all the same.
    for (const status of itemStatuses) if (status >= 300) expect([503, 504]).toContain(status);
    expect((await longPoll).ms).toBeLessThan(20_000 + slackMs);
    // Once it is known that nothing answers, a probe still has its two seconds, and the process lives.
    expect((await timed(api.get('/health/ready'))).ms).toBeLessThan(2_000 + slackMs);
    thaw();

    const jobs = await Promise.all([...keys, ...keys.map((key) => `batch-${key}`)].map((key) => submitted(api, key)));
    expect(new Set(jobs).size).toBe(2 * keys.length);
    await api.until('/health/ready', ({ status }) => status === 200);
    const worker = await startEngineProcess({ dataDir, env, roles: 'worker' });
    for (const id of [before, ...jobs])
      await api.until(`/v1/jobs/${id}`, ({ body }) => body['state'] === ('SUCCEEDED' as never));
    worker.kill();
    await worker.exited;
    const log = await logOf(dataDir);
    expect(faultsIn(log, { submitted: [before, ...jobs], mustHaveEnded: true })).toEqual([]);
    expect(log.filter(({ type }) => type === 'JobCreated')).toHaveLength(1 + 2 * keys.length);
  }, 240_000);
});

describe('connections to Postgres that fall silent', () => {
  it('stop the work of a node for seconds', async () => {
    const database = await testDatabase();
    const way = await blackHole(database.connectionString);
    const engine = await startEngineProcess({
      env: { ...settings, FORGERUN_EVENT_STORE: way.connectionString, ...onDatabase(way.connectionString) },
    });
    const { api } = engine;
    const ended = async (key: string): Promise<void> => {
      const id = await submitted(api, key);
      await api.until(`/v1/jobs/${id}`, ({ body }) => body['state'] === ('SUCCEEDED' as never));
    };
    await ended('before');
    way.swallow('open');
    const began = performance.now();
    await ended('after');
    expect(performance.now() - began).toBeLessThan(30_000 + slackMs);
    await api.until('/health/ready', ({ status }) => status === 200);
    engine.kill();
    expect(await engine.exited).toBe(0);
    await way.close();
    await database.drop();
  }, 240_000);
});
