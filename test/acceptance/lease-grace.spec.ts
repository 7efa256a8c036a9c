import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Pool } from 'pg';
import { Leases } from '../../src/jobs/leasing/leases.js';
import { type Api } from '../support/api.js';
import { DatabaseClock } from '../support/database-clock.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { startEngineProcess } from '../support/engine-process.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { eventsOf, type GivenLease, leased, leasedOne, namesOf, plainJob, submitted, whenIn } from './jobs.fixture.js';

// Long enough for a busy machine to send what it has to within one term.
const leaseMs = 5_000;
const env = { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_RATE_LIMIT_PER_MINUTE: '1000000' };
const onceOnly = { retry: { max_attempts: 1 } };

let database: TestDatabase;
let pool: Pool;
const engines: Engine[] = [];
jest.setTimeout(240_000);
beforeEach(async () => {
  database = await testDatabase();
  pool = poolAt(database.connectionString, 2);
}, 240_000);
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
  await pool.end();
  await database.drop();
});

async function started(roles: string): Promise<Engine> {
  const engine = await startTestEngine({ database, env: { ...env, FORGERUN_ROLES: roles } });
  engines.push(engine);
  return engine;
}

async function stopped(engine: Engine): Promise<void> {
  engines.splice(engines.indexOf(engine), 1);
  await engine.stop();
}

/** Waits until a question to the database is answered with true. */
async function holds(question: string, ...values: unknown[]): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ holds: boolean | null }>(`select (${question}) as holds`, values);
    if (rows[0]?.holds === true) return;
    await pause(20);
  }
}

/** Waits until the end of a lease has come by the database's clock, and a little longer. */
const whenRunOut = (leaseId: string): Promise<void> =>
  holds(
    `select bool_and(expires_at < clock_timestamp() - interval '200 ms') from forgerun_engine.leases where lease_id = $1`,
    leaseId,
  );

/** Waits until the timer of a lease has been sent after the lease had run out: it has moved on, or is gone. */
const whenLookedAt = (leaseId: string): Promise<void> =>
  holds(
    `select not exists (select from forgerun_engine.timers where subject = $1 and due_at < clock_timestamp() - interval '50 ms')`,
    leaseId,
  );

const beat = (api: Api, leaseId: string) => api.post(`/v1/leases/${leaseId}/heartbeat`, {});

describe('an outage longer than a lease', () => {
  it('charges no job whose worker lives: it is heard again before its lease is ended', async () => {
    const before = await started(env.FORGERUN_ROLES);
    const { api } = await before.api.newClient();
    const id = await submitted(api, onceOnly);
    const { lease_id } = await leasedOne(api, { start: true, lease_ms: leaseMs });
    await holds('select exists (select from forgerun_engine.timers where subject = $1)', lease_id);
    await stopped(before);
    await whenRunOut(lease_id);

    const after = await started(env.FORGERUN_ROLES);
    await whenLookedAt(lease_id);
    const again = api.at(after.url);
    expect(await beat(again, lease_id)).toMatchObject({ status: 200 });
    expect(await again.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
    expect(await namesOf(again, id)).toEqual(['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted', 'JobSucceeded']);
  });

  it('gives a worker that is gone one full term from when it could be heard again, and no more', async () => {
    const before = await started(env.FORGERUN_ROLES);
    const { api } = await before.api.newClient();
    const id = await submitted(api, onceOnly);
    const { lease_id } = await leasedOne(api, { start: true, lease_ms: leaseMs });
    await stopped(before);
    await whenRunOut(lease_id);
    const after = await started(env.FORGERUN_ROLES);
    const { rows } = await pool.query<{ since: Date }>(
      'select max(since) as since from forgerun_engine.heartbeat_receivers',
    );
    await whenIn(api.at(after.url), id, 'FAILED');
    const failed = (await eventsOf(api.at(after.url), id)).at(-2);
    expect(failed).toMatchObject({ event_name: 'JobFailed', data: { reason: 'worker_lost' } });
    expect(Date.parse(failed?.timestamp ?? '') - (rows[0]?.since.getTime() ?? 0)).toBeGreaterThanOrEqual(leaseMs - 5);
  });

  it('charges no job that was leased while the clock of the database was behind the order of events', async () => {
    const clock = await DatabaseClock.of(database);
    const before = await started(env.FORGERUN_ROLES);
    const { api } = await before.api.newClient();
    await clock.lead(-60_000);
    const counted = /^database_clock_steps_total\{[^}]*direction="backwards"[^}]*\} [1-9]/m;
    while (!counted.test((await before.api.get('/metrics')).text)) await pause(20);
    await submitted(api, onceOnly);
    const { lease_id } = await leasedOne(api, { start: true, lease_ms: leaseMs });
    await holds('select exists (select from forgerun_engine.timers where subject = $1)', lease_id);
    await stopped(before);
    await whenRunOut(lease_id);

    const after = await started(env.FORGERUN_ROLES);
    await whenLookedAt(lease_id);
    const again = api.at(after.url);
    expect(await beat(again, lease_id)).toMatchObject({ status: 200 });
    expect(await again.post(`/v1/leases/${lease_id}/complete`, {})).toMatchObject({ status: 200 });
  });

  it('of the nodes with an API is one, though the node that ends leases lives on', async () => {
    const [first] = await Promise.all([
      startEngineProcess({ connectionString: database.connectionString, env, roles: 'api' }),
      started('projector,saga'),
    ]);
    const { api } = await first.api.newClient();
    const ids = await Promise.all(Array.from({ length: 20 }, () => submitted(api, onceOnly)));
    const leases: GivenLease[] = [];
    while (leases.length < ids.length)
      leases.push(...(await leased(api, { start: true, lease_ms: leaseMs, max_jobs: 20 })));
    first.kill('SIGKILL');
    await first.exited;
    for (const { lease_id } of leases) await whenRunOut(lease_id);
    for (const { lease_id } of leases) await whenLookedAt(lease_id);

    const second = await startEngineProcess({ connectionString: database.connectionString, env, roles: 'api' });
    const again = api.at(second.url);
    const ends = leases.map(async ({ lease_id }) => {
      const heard = await beat(again, lease_id);
      const done = await again.post(`/v1/leases/${lease_id}/complete`, {});
      return [heard.status, done.status];
    });
    expect(await Promise.all(ends)).toEqual(leases.map(() => [200, 200]));
    for (const id of ids) expect(await namesOf(again, id)).not.toContain('JobFailed');
    second.kill('SIGTERM');
    await second.exited;
  });
});

describe('a heartbeat and the expiry of one lease', () => {
  const newLease = (expiresAt: number) => ({
    leaseId: randomUUID(),
    jobId: randomUUID(),
    clientId: randomUUID(),
    expiresAt,
  });

  it('are decided in one order: the first to take the row is heard', async () => {
    const leases = new Leases(pool);
    const closed = newLease(1_000);
    expect(await leases.extend([closed])).toEqual(new Set([closed.leaseId]));
    expect(await leases.close(closed)).toBe(true);
    expect(await leases.extend([{ ...closed, expiresAt: 2_000 }])).toEqual(new Set());
    expect(await leases.close(closed)).toBe(true);

    const kept = newLease(1_000);
    await leases.extend([kept, { ...kept, leaseId: randomUUID() }]);
    await leases.extend([{ ...kept, expiresAt: 2_000 }]);
    expect(await leases.close(kept)).toBe(false);
    expect(await leases.close({ ...kept, expiresAt: 2_000 })).toBe(true);

    // The row may never have been written.
    const unknown = newLease(1_000);
    expect(await leases.close(unknown)).toBe(true);
    expect(await leases.extend([{ ...unknown, expiresAt: 2_000 }])).toEqual(new Set());
  });

  it('never answer 200 for a lease that is lost', async () => {
    const engine = await started(env.FORGERUN_ROLES);
    const { api } = await engine.api.newClient();
    await api.post('/v1/jobs/batch', { jobs: Array.from({ length: 30 }, () => ({ ...plainJob, ...onceOnly })) });
    const races = (await leased(api, { start: true, lease_ms: 200, max_jobs: 30 })).map(
      async ({ lease_id, job_id }, n) => {
        // Each beats at another moment around the end of its lease.
        await pause(180 + 4 * n);
        const answer = await beat(api, lease_id);
        await whenIn(api, job_id, 'FAILED');
        const failed = (await eventsOf(api, job_id)).find(({ event_name }) => event_name === 'JobFailed');
        if (answer.status !== 200) return answer.status === 409 ? 'lost' : `answered ${answer.status}`;
        const heldUntil = Date.parse(String(answer.body['lease_expires_at']));
        return Date.parse(failed?.timestamp ?? '') >= heldUntil ? 'kept' : 'answered 200 for a lease that was lost';
      },
    );
    const outcomes = new Set(await Promise.all(races));
    outcomes.delete('kept');
    outcomes.delete('lost');
    expect(outcomes).toEqual(new Set());
  });

  it('is a lost lease to a worker that beats after the expiry was decided and before the log tells it', async () => {
    const engine = await started(env.FORGERUN_ROLES);
    const { api, clientId } = await engine.api.newClient();
    const jobId = await submitted(api);
    const { lease_id, lease_expires_at } = await leasedOne(api, { start: true, lease_ms: 60_000 });
    const lease = { leaseId: lease_id, jobId, clientId, expiresAt: Date.parse(lease_expires_at) };
    expect(await new Leases(pool).close(lease)).toBe(true);
    expect(await beat(api, lease_id)).toMatchObject({ status: 409, body: { code: 'RFA_JOB_LEASE_LOST' } });
  });
});
