import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { type AppendOutcome } from '../../src/engine/event-store/event-store.port.js';
import { type LeasedJob } from '../../src/jobs/leasing/lease-request.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { until } from '../support/until.js';
import { type LeaseNode, type LeaseNodeOptions, startLeaseNode } from '../support/lease-node.js';
import { poolAt } from '../support/postgres.js';
import { eventsOf, namesOf, submitted, whenIn } from './jobs.fixture.js';

let engine: Engine;
let database: Pool;
let node: LeaseNode | null = null;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_LEASE_MS: '600000' } });
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

async function given(options: LeaseNodeOptions): Promise<{ api: Api; clientId: string; leases: LeaseNode }> {
  const { api, clientId } = await engine.api.newClient();
  const leases = await startLeaseNode(engine.database, options);
  node = leases;
  return { api, clientId, leases };
}

const unknown = (outcomes: readonly AppendOutcome[]): readonly AppendOutcome[] =>
  outcomes.map(() => ({ kind: 'unknown', cause: new Error('no answer came') }));

const isRow = async (jobId: string): Promise<boolean> => {
  const found = await database.query('select from forgerun_read.ready_jobs where job_id = $1', [jobId]);
  return found.rowCount === 1;
};

describe('a job that is QUEUED', () => {
  it.each([20, 100, 900])('is leased through a node whose clock is %i ms behind, at its time', async (behindMs) => {
    const { api, clientId, leases } = await given({ behindMs });
    const execution_at = new Date(Date.now() + 8_000).toISOString();
    const jobs = Array.from({ length: 20 }, () => submitted(api, { type: 'DEFERRED', execution_at }));
    const ids = await Promise.all(jobs);
    const found: LeasedJob[] = [];
    while (found.length < ids.length) {
      const next = await leases.lease(clientId, { most: 7, waitMs: 30_000 });
      if (next.length === 0) break;
      found.push(...next);
    }
    expect(found.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort());
    for (const { jobId } of found) {
      const assigned = (await eventsOf(api, jobId)).find(({ event_name }) => event_name === 'JobAssigned');
      expect(Date.parse(assigned?.timestamp ?? '')).toBeGreaterThanOrEqual(Date.parse(execution_at));
    }
    // The sweep would have brought them back, later and for another reason.
    expect((await engine.api.get('/metrics')).text).not.toMatch(/^ready_jobs_mended_total\{.*missing.*\} [1-9]/m);
  });

  it('keeps its place when the log cannot say what became of the lease, and is offered again without news', async () => {
    let failing = true;
    const { api, clientId, leases } = await given({
      around: async (append, appends) => {
        const isLease = appends.some(({ events }) => events.some(({ event }) => event.type === 'JobAssigned'));
        if (!failing || !isLease) return await append();
        failing = false;
        return unknown(appends.map(() => ({ kind: 'unknown', cause: new Error() })));
      },
    });
    const id = await submitted(api);
    expect(await leases.lease(clientId)).toMatchObject([{ jobId: id, attempt: 1 }]);
    expect(failing).toBe(false);
  });

  it('leaves the table once it has moved on', async () => {
    const { api, clientId, leases } = await given({});
    const id = await submitted(api);
    const row = await database.query<{ position: string }>('select * from forgerun_read.ready_jobs where job_id = $1', [
      id,
    ]);
    expect(row.rowCount).toBe(1);
    await api.post(`/v1/jobs/${id}/cancel`, {});
    await api.get(`/v1/jobs/${id}`);
    await database.query(
      `insert into forgerun_read.ready_jobs (job_id, client_id, queue, work_kind, priority, position, attempt)
       select job_id, client_id, queue, work_kind, 5, $2, 1 from forgerun_read.jobs where job_id = $1
       on conflict do nothing`,
      [id, row.rows[0]?.position],
    );
    await database.query('update forgerun_read.queue_counts set queued = 1 where client_id = $1', [clientId]);
    expect(await leases.lease(clientId, { waitMs: 0 })).toEqual([]);
    expect(await isRow(id)).toBe(false);
  });
});

describe('a claim', () => {
  it('outlasts an append that takes longer than Postgres lets a transaction be idle', async () => {
    let isFirst = true;
    const waiting = async (): Promise<string> => {
      const { rows } = await database.query<{ age: string }>(
        `select case when clock_timestamp() - xact_start > interval '9 seconds' then 'long' else 'short' end as age
           from pg_stat_activity
          where datname = current_database() and application_name like '%dispatch%' and state like 'idle in transaction%'`,
      );
      return rows[0]?.age ?? 'ended';
    };
    let came = '';
    const { api, clientId, leases } = await given({
      around: async (append) => {
        const outcomes = await append();
        if (isFirst) {
          isFirst = false;
          await until(async () => (came = await waiting()) !== 'short');
        }
        return outcomes;
      },
    });
    const id = await submitted(api);
    expect(await leases.lease(clientId)).toMatchObject([{ jobId: id }]);
    expect(came).toBe('long');
  });
});

describe('a lease that no worker was given', () => {
  const once = { retry: { max_attempts: 1 } };

  const isReleasedFree = async (api: Api, leases: LeaseNode, clientId: string, jobId: string): Promise<void> => {
    const [again] = await leases.lease(clientId, { start: true, waitMs: 20_000 });
    expect(again).toMatchObject({ jobId });
    await api.post(`/v1/leases/${again?.leaseId ?? ''}/complete`, {});
    await whenIn(api, jobId, 'SUCCEEDED');
    const failures = (await eventsOf(api, jobId)).filter(({ event_name }) => event_name === 'JobFailed');
    for (const { data } of failures)
      expect(data).toMatchObject({ reason: 'interrupted', charged: false, error: { code: 'undelivered' } });
  };

  it('is released at once and not charged when the claim breaks after its append', async () => {
    let breaking = true;
    const { api, clientId, leases } = await given({
      around: async (append) => {
        const outcomes = await append();
        if (breaking) {
          breaking = false;
          await database.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name like '%dispatch%' and state like 'idle in transaction%'`,
          );
        }
        return outcomes;
      },
    });
    const id = await submitted(api, once);
    await expect(leases.lease(clientId, { start: true })).rejects.toThrow();
    expect(await namesOf(api, id)).toEqual(expect.arrayContaining(['JobAssigned', 'JobStarted']));
    await isReleasedFree(api, leases, clientId, id);
  });

  it('is released at once and not charged when its worker went away while it was granted', async () => {
    const { api, clientId, leases } = await given({});
    const id = await submitted(api, once);
    const lock = await database.connect();
    await lock.query('begin');
    // The claim waits here, after its append.
    await lock.query('lock table forgerun_engine.leases in share mode');
    const away = new AbortController();
    const body = JSON.stringify({ worker_id: 'gone', start: true });
    const headers = { authorization: `Bearer ${api.key ?? ''}`, 'content-type': 'application/json' };
    const asking = fetch(`${api.url}/v1/leases`, { method: 'POST', body, headers, signal: away.signal });
    await api.until(`/v1/jobs/${id}/events`, ({ text }) => text.includes('JobStarted'));
    away.abort();
    await expect(asking).rejects.toThrow();
    await engine.api.until('/metrics', ({ text }) => /^http_server_active_requests\S* 1$/m.test(text));
    await lock.query('commit');
    lock.release();
    await isReleasedFree(api, leases, clientId, id);
  });

  it('is not charged when its end comes and no claim wrote it down', async () => {
    const { api, clientId, leases } = await given({});
    const id = await submitted(api, once);
    await database.query(`
      create function public.forget() returns trigger language plpgsql as 'begin return null; end';
      create trigger forgotten before insert on forgerun_engine.leases for each row execute function public.forget()`);
    try {
      expect(await leases.lease(clientId, { start: true, leaseMs: 300 })).toHaveLength(1);
    } finally {
      await database.query('drop function public.forget() cascade');
    }
    await isReleasedFree(api, leases, clientId, id);
  });

  it('is released at once and not charged when it was appended and the answer got lost', async () => {
    let losing = true;
    const { api, clientId, leases } = await given({
      around: async (append) => {
        const outcomes = await append();
        if (!losing) return outcomes;
        losing = false;
        return unknown(outcomes);
      },
    });
    const id = await submitted(api, once);
    await isReleasedFree(api, leases, clientId, id);
  });
});
