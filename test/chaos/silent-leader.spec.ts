import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { watchedEngine } from '../acceptance/observability.fixture.js';
import { type Api, type ApiAnswer } from '../support/api.js';
import { blackHole } from '../support/black-hole.js';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.js';
import { type TestDatabase, testDatabase } from '../support/postgres.js';
import { total } from '../support/scrape.js';
import { until } from '../support/until.js';

/** No worker of its own: what is leased here is leased by the test. */
const roles = 'api,projector,saga';
const env = { FORGERUN_LEASE_MS: '60000' };

/** What a machine that has other things to do, too, may take longer than promised. Without the promise it is for ever. */
const busyMs = 20_000;

let database: TestDatabase;
let admin: pg.Client;
beforeEach(async () => {
  database = await testDatabase();
  admin = new pg.Client({ connectionString: database.connectionString });
  admin.on('error', () => undefined);
  await admin.connect();
}, 240_000);
afterEach(async () => {
  await admin.end();
  await database.drop();
});

/** The process that runs a follower, by its own id; null: none. */
async function leaderOf(follower: string): Promise<number | null> {
  const { rows } = await admin.query<{ pid: number }>(
    `select split_part(a.application_name, ':', 2)::int as pid
       from forgerun_engine.terms t join forgerun_engine.nodes n using (node_id) join pg_stat_activity a on a.pid = n.session
      where t.name = $1`,
    [follower],
  );
  return rows[0]?.pid ?? null;
}

async function twoEngines(): Promise<{ readonly leader: EngineProcess; readonly other: EngineProcess }> {
  const { connectionString } = database;
  const leader = await startEngineProcess({ connectionString, roles, env });
  const other = await startEngineProcess({ connectionString, roles, env });
  await runsOneJob(other.api);
  expect([await leaderOf('dispatch'), await leaderOf('deferral')]).toEqual([leader.pid, leader.pid]);
  return { leader, other };
}

/** From the submit to the lease, in milliseconds. */
async function runsOneJob(api: Api): Promise<number> {
  const began = performance.now();
  const { body } = await api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'silent.leader' });
  for (;;) {
    const asked = { worker_id: 'w', work_kinds: ['silent.leader'], max_jobs: 100, wait_ms: 5_000 };
    const { body: answer } = await api.post<{ leases?: { lease_id: string; job_id: string }[] }>('/v1/leases', asked);
    // A machine that is busy enough answers 503 or 504: then it is asked again, as a worker does.
    const { leases = [] } = answer;
    for (const { lease_id } of leases) await api.post(`/v1/leases/${lease_id}/start`);
    const items = leases.map(({ lease_id }) => ({ lease_id }));
    if (items.length > 0) await api.post('/v1/leases/complete', { items });
    if (leases.some(({ job_id }) => job_id === String(body['job_id']))) return performance.now() - began;
    if (performance.now() - began > 180_000) throw new Error('the job is not leased');
  }
}

const answersReady = (api: Api, status: number): Promise<ApiAnswer> =>
  api.as(null).until('/health/ready', (answer) => answer.status === status);

describe('a leading engine that is frozen', () => {
  it('holds up no job at another for more than ten seconds, stands by when it wakes, and follows one that stops', async () => {
    const { leader, other } = await twoEngines();
    leader.kill('SIGSTOP');
    expect(await runsOneJob(other.api)).toBeLessThan(10_000 + busyMs);
    expect(await leaderOf('dispatch')).toBe(other.pid);
    for (let n = 0; n < 5; n += 1) await runsOneJob(other.api);
    leader.kill('SIGCONT');
    for (let n = 0; n < 5; n += 1) await runsOneJob(n % 2 === 0 ? leader.api : other.api);
    await answersReady(leader.api, 200);
    await answersReady(other.api, 200);
    expect(await leaderOf('dispatch')).toBe(other.pid);
    expect(leader.stderr()).not.toContain('stream_parked');
    other.kill('SIGTERM');
    expect(await other.exited).toBe(0);
    expect(await runsOneJob(leader.api)).toBeLessThan(5_000 + busyMs);
  }, 240_000);
});

describe('a leading engine that the network has lost', () => {
  it('holds up no job at another for more than ten seconds, and stands by when the network is back', async () => {
    const hole = await blackHole(database.connectionString);
    try {
      const leader = await startEngineProcess({ connectionString: hole.connectionString, roles, env });
      const other = await startEngineProcess({ connectionString: database.connectionString, roles, env });
      await runsOneJob(other.api);
      expect(await leaderOf('dispatch')).toBe(leader.pid);
      hole.swallow('all');
      expect(await runsOneJob(other.api)).toBeLessThan(10_000 + busyMs);
      expect(await leaderOf('dispatch')).toBe(other.pid);
      hole.pass();
      await answersReady(leader.api, 200);
      await runsOneJob(leader.api);
      expect(await leaderOf('dispatch')).toBe(other.pid);
    } finally {
      await hole.close();
    }
  }, 240_000);
});

describe('a leading engine that is killed', () => {
  it('holds up no job at another for more than five seconds', async () => {
    const { leader, other } = await twoEngines();
    leader.kill('SIGKILL');
    await leader.exited;
    expect(await runsOneJob(other.api)).toBeLessThan(5_000 + busyMs);
    expect(await leaderOf('dispatch')).toBe(other.pid);
  }, 240_000);
});

describe('a follower that stands still', () => {
  it('is named by readiness and by a metric of a node that does not run it', async () => {
    const { connectionString } = database;
    const engine = await watchedEngine({ database, env: { FORGERUN_ROLES: 'api' } });
    const follow = async (): Promise<EngineProcess> => {
      const started = await startEngineProcess({ connectionString, roles: 'projector,saga' });
      await engine.api.until('/v1/queues', ({ status }) => status === 200);
      await runsOneJob(engine.api);
      return started;
    };
    try {
      const first = await follow();
      first.kill('SIGSTOP');
      await engine.api.post('/v1/jobs', { type: 'EXECUTE', work_kind: 'silent.leader' });
      const began = performance.now();
      const named = /"followers":\{"status":"failing","reason":"[^"]*dispatch is behind/;
      await engine.api.as(null).until('/health/ready', ({ status, text }) => status === 503 && named.test(text));
      expect(performance.now() - began).toBeLessThan(10_000 + busyMs);
      expect(total(await engine.scrape(), 'follower_stalled_seconds', { follower: 'dispatch' })).toBeGreaterThan(5);
      await follow();
      await answersReady(engine.api, 200);
      // What is seen is the saved position, which on a busy machine comes seconds after the work.
      await until(async () => total(await engine.scrape(), 'follower_stalled_seconds', { follower: 'dispatch' }) === 0);
    } finally {
      await engine.stop();
    }
  }, 240_000);

  it('is named by every node where the checkpoints themselves are locked', async () => {
    const { connectionString } = database;
    const whole = await watchedEngine({ database, env: { FORGERUN_ROLES: roles } });
    await runsOneJob(whole.api);
    const alone = await watchedEngine({ database, env: { FORGERUN_ROLES: 'api' } });
    try {
      await answersReady(alone.api, 200);
      // A follower that has never run is no affair of a node, so it must have looked once since that one has.
      await until(async () => /^follower_stalled_seconds\{.*follower="dispatch"/m.test(await alone.scrape()));
      const lock = new pg.Client({ connectionString });
      await lock.connect();
      await lock.query('begin');
      await lock.query('lock table forgerun_engine.checkpoints');
      try {
        const job = { type: 'EXECUTE', work_kind: 'silent.leader', idempotency_key: 'behind-the-lock' };
        // A busy machine may have no time for it yet.
        await until(async () => (await alone.api.post('/v1/jobs', job)).status === 202);
        const named = /"followers":\{"status":"failing","reason":"[^"]*dispatch is behind/;
        for (const node of [alone, whole]) {
          await node.api.as(null).until('/health/ready', ({ status, text }) => status === 503 && named.test(text));
          expect(total(await node.scrape(), 'follower_stalled_seconds', { follower: 'dispatch' })).toBeGreaterThan(5);
        }
        const { text } = await alone.api.as(null).get('/health/ready');
        expect(text).toContain('"database":{"status":"ok"}');
      } finally {
        await lock.end();
      }
      await answersReady(alone.api, 200);
      await answersReady(whole.api, 200);
    } finally {
      await whole.stop();
      await alone.stop();
    }
  }, 240_000);
});
