import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { beginning, takeTurn } from '../../src/jobs/leasing/sweep-turns.sql.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type LeaseNode, startLeaseNode } from '../support/lease-node.js';
import { poolAt, testDatabase } from '../support/postgres.js';
import { leasedOne, plainJob, submitted } from './jobs.fixture.js';

let engine: Engine;
let database: Pool;
let node: LeaseNode | null = null;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  database = poolAt(engine.database.connectionString, 2);
}, 240_000);
afterEach(async () => {
  await node?.stop();
  node = null;
});
afterAll(async () => {
  await database.end();
  await engine.stop();
});

const isRow = async (jobId: string): Promise<boolean> => {
  const found = await database.query('select from forgerun_read.ready_jobs where job_id = $1', [jobId]);
  return found.rowCount === 1;
};

/** A job whose row is there, and known to the model of jobs. */
async function ready(api: Api): Promise<string> {
  const id = await submitted(api);
  await api.until(`/v1/jobs/${id}`, ({ body }) => body['state'] === 'QUEUED');
  while (!(await isRow(id))) await api.get(`/v1/jobs/${id}`);
  return id;
}

const loses = (jobId: string) =>
  database.query<{ position: string }>('delete from forgerun_read.ready_jobs where job_id = $1 returning position', [
    jobId,
  ]);

/** A canceled job, with a row as it had before. */
async function stale(api: Api): Promise<string> {
  const id = await ready(api);
  const { rows } = await database.query('select * from forgerun_read.ready_jobs where job_id = $1', [id]);
  const row = rows[0] as Readonly<Record<string, unknown>>;
  await api.post(`/v1/jobs/${id}/cancel`, {});
  while (await isRow(id)) await api.get(`/v1/jobs/${id}`);
  await api.until(`/v1/jobs/${id}`, ({ body }) => body['state'] === 'CANCELED');
  await database.query(
    `insert into forgerun_read.ready_jobs (job_id, client_id, queue, work_kind, priority, position, attempt)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    ['job_id', 'client_id', 'queue', 'work_kind', 'priority', 'position', 'attempt'].map((name) => row[name]),
  );
  return id;
}

describe('a QUEUED job without a ready row', () => {
  it('is found within a minute, counted, and leased to a worker that waits already', async () => {
    const { api } = await engine.api.newClient();
    const id = await ready(api);
    await loses(id);
    const waitMs = 29_000;
    const lease = async () => await leasedOne(api, { wait_ms: waitMs });
    expect((await lease().catch(lease)).job_id).toBe(id);
    await engine.api.until('/metrics', ({ text }) => /^ready_jobs_mended_total\{.*missing.*\} 1$/m.test(text));
  }, 70_000);

  it('comes back in its place, among many and however old', async () => {
    const { api } = await engine.api.newClient();
    const lost = await ready(api);
    const answer = await api.post<{ items: { job_id: string }[] }>('/v1/jobs/batch', {
      jobs: Array.from({ length: 50 }, () => plainJob),
    });
    const ids = answer.body.items.map(({ job_id }) => job_id);
    await api.until(`/v1/jobs/${ids.at(-1) ?? ''}`, ({ body }) => body['state'] === 'QUEUED');
    const middle = ids[20] ?? '';
    while (!(await isRow(ids.at(-1) ?? ''))) await api.get(`/v1/jobs/${middle}`);
    const before = [await loses(lost), await loses(middle)].map(({ rows }) => rows[0]?.position);
    node = await startLeaseNode(engine.database);
    while (!((await isRow(lost)) && (await isRow(middle)))) await node.sweep();
    const after = [await loses(lost), await loses(middle)].map(({ rows }) => rows[0]?.position);
    expect(after).toEqual(before);
  }, 240_000);
});

describe('a ready row whose job is elsewhere', () => {
  it('is found within a minute, dropped and counted', async () => {
    const { api } = await engine.api.newClient();
    const id = await stale(api);
    await engine.api.until('/metrics', ({ text }) => /^ready_jobs_mended_total\{.*stale.*\} [1-9]/m.test(text));
    expect(await isRow(id)).toBe(false);
  }, 70_000);
});

describe('the sweep of ready jobs', () => {
  it('finds nothing to mend where jobs are only on their way', async () => {
    const { api, clientId } = await engine.api.newClient();
    const leases = await startLeaseNode(engine.database);
    node = leases;
    let isOver = false;
    let mended = 0;
    const sweeping = async (): Promise<void> => {
      while (!isOver) mended += (await leases.sweep()) ?? 0;
    };
    const sweeps = sweeping();
    const count = 300;
    for (let n = 0; n < 3; n += 1)
      await api.post('/v1/jobs/batch', { jobs: Array.from({ length: count / 3 }, () => plainJob) });
    for (let found = 0; found < count;) found += (await leases.lease(clientId, { most: 20, start: true })).length;
    isOver = true;
    await sweeps;
    expect(mended).toBe(0);
  }, 240_000);

  it('is the turn of one node at a time', async () => {
    const own = await testDatabase();
    const pool = poolAt(own.connectionString, 8);
    try {
      const turns = await Promise.all(Array.from({ length: 8 }, () => takeTurn(pool, 60_000)));
      expect(turns.filter((turn) => turn !== null)).toEqual([beginning]);
      expect(await takeTurn(pool, 60_000)).toBeNull();
      expect(await takeTurn(pool, 0)).toEqual(beginning);
    } finally {
      await pool.end();
      await own.drop();
    }
  });
});
