import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Pool } from 'pg';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type EngineProcess, startEngineProcess } from '../support/engine-process.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';
import { eventsOf, leasedOne, namesOf, submitted, whenIn } from './jobs.fixture.js';

const env = { FORGERUN_RATE_LIMIT_PER_MINUTE: '1000000' };
const onceOnly = { retry: { max_attempts: 1 } };
const leaseMs = 3_000;

let database: TestDatabase;
let pool: Pool;
/** Ends leases, and hears heartbeats all along. */
let engine: Engine;
let api: Api;
/** Grants leases, and dies. */
let granter: EngineProcess;
jest.setTimeout(240_000);
beforeEach(async () => {
  database = await testDatabase();
  pool = poolAt(database.connectionString, 2);
  [engine, granter] = await Promise.all([
    startTestEngine({ database, env: { ...env, FORGERUN_ROLES: 'api,projector,saga' } }),
    startEngineProcess({ connectionString: database.connectionString, env, roles: 'api' }),
  ]);
  ({ api } = await engine.api.newClient());
}, 240_000);
afterEach(async () => {
  granter.kill('SIGKILL');
  await granter.exited;
  await engine.stop();
  await pool.end();
  await database.drop();
});

/** Asks the node that will die for work, on a connection of its own, and reads nothing. */
async function asking(changes: object = {}): Promise<Socket> {
  const { hostname, port } = new URL(granter.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const body = JSON.stringify({ worker_id: 'w1', start: true, lease_ms: leaseMs, wait_ms: 10_000, ...changes });
  const head = [
    `POST /v1/leases HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${api.key ?? ''}`,
    `content-type: application/json`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.pause();
  await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, resolve));
  return socket;
}

/** Waits until a question to the database is answered with true. */
const holds = (question: string, ...values: unknown[]): Promise<void> =>
  until(async () => {
    const { rows } = await pool.query<{ holds: boolean | null }>(`select (${question}) as holds`, values);
    return rows[0]?.holds === true;
  });

const isReleasedFree = async (id: string): Promise<void> => {
  const { lease_id, job_id } = await leasedOne(api, { start: true, wait_ms: 30_000 });
  expect(job_id).toBe(id);
  expect(await api.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
  const failures = (await eventsOf(api, id)).filter(({ event_name }) => event_name === 'JobFailed');
  expect(failures).toMatchObject([{ data: { reason: 'interrupted', charged: false } }]);
};

describe('a lease whose node is killed', () => {
  it('before it answers is not charged, though the claim is committed', async () => {
    const id = await submitted(api, onceOnly);
    const lock = await pool.connect();
    await lock.query('begin');
    // The claim waits here, after its append.
    await lock.query('lock table forgerun_engine.leases in share mode');
    const socket = await asking();
    await api.until(`/v1/jobs/${id}/events`, ({ text }) => text.includes('JobStarted'));
    await holds(`exists (select from pg_locks where relation = 'forgerun_engine.leases'::regclass and not granted)`);
    granter.kill('SIGSTOP');
    await lock.query('commit');
    lock.release();
    await holds('exists (select from forgerun_engine.leases where job_id = $1)', id);
    granter.kill('SIGKILL');
    await granter.exited;
    expect(socket.bytesRead).toBe(0);
    await isReleasedFree(id);
  });

  it('before its last byte has left is not charged, however long that takes', async () => {
    const large = { payload: 'x'.repeat(120_000), ...onceOnly };
    // More than the buffers between two processes take in.
    const ids = await Promise.all(Array.from({ length: 100 }, () => submitted(api, large)));
    await holds('(select count(*) = $1 from forgerun_read.ready_jobs)', ids.length);
    const socket = await asking({ max_jobs: ids.length, lease_ms: 10_000 });
    await holds(
      `exists (select from forgerun_engine.leases) and not exists (select from forgerun_engine.leases where granted_at is not null)`,
    );
    granter.kill('SIGKILL');
    await granter.exited;
    const { rows } = await pool.query<{ job_id: string }>('select job_id from forgerun_engine.leases');
    const [first = ''] = rows.map(({ job_id }) => job_id);
    expect(ids).toContain(first);
    await api.until(`/v1/jobs/${first}/events`, ({ text }) => text.includes('JobFailed'));
    const failed = (await eventsOf(api, first)).find(({ event_name }) => event_name === 'JobFailed');
    expect(failed).toMatchObject({ data: { reason: 'interrupted', charged: false } });
    socket.destroy();
  });

  it('after it has answered is charged when its worker is lost as well', async () => {
    const id = await submitted(api, onceOnly);
    const { lease_id } = await leasedOne(api.at(granter.url), { start: true, lease_ms: leaseMs });
    await holds(
      `exists (select from forgerun_engine.leases join forgerun_engine.heartbeat_receivers on node_id = granted_by
         where lease_id = $1 and until > granted_at + interval '1 second')`,
      lease_id,
    );
    granter.kill('SIGKILL');
    await granter.exited;
    await whenIn(api, id, 'FAILED');
    expect(await namesOf(api, id)).toContain('JobRetriesExhausted');
    const failed = (await eventsOf(api, id)).find(({ event_name }) => event_name === 'JobFailed');
    expect(failed).toMatchObject({ data: { reason: 'worker_lost', charged: true } });
  });

  it('at once after it has answered is charged when its worker was heard of', async () => {
    const id = await submitted(api, onceOnly);
    const { lease_id } = await leasedOne(api.at(granter.url), { start: true, lease_ms: leaseMs });
    granter.kill('SIGKILL');
    await granter.exited;
    expect(await api.post(`/v1/leases/${lease_id}/heartbeat`, {})).toMatchObject({ status: 200 });
    await whenIn(api, id, 'FAILED');
    const failed = (await eventsOf(api, id)).find(({ event_name }) => event_name === 'JobFailed');
    expect(failed).toMatchObject({ data: { reason: 'worker_lost', charged: true } });
  });
});

describe('a job of the built-in worker', () => {
  it('is not charged when its engine is killed, and runs again', async () => {
    const own = {
      ...env,
      FORGERUN_LEASE_MS: '5000',
      FORGERUN_HEARTBEAT_MS: '1000',
      FORGERUN_SYNTHETIC_TIME_SCALE: '1',
    };
    const worker = await startEngineProcess({
      connectionString: database.connectionString,
      env: own,
      roles: 'worker',
    });
    const id = await submitted(api, { work_kind: 'RUNS_LONG', ...onceOnly });
    await whenIn(api, id, 'RUNNING');
    worker.kill('SIGKILL');
    await worker.exited;
    await api.until(`/v1/jobs/${id}/events`, ({ text }) => text.includes('JobFailed'));
    const failed = (await eventsOf(api, id)).find(({ event_name }) => event_name === 'JobFailed');
    expect(failed).toMatchObject({ data: { reason: 'interrupted', charged: false, will_retry: true } });
    await whenIn(api, id, 'QUEUED');
  });
});
