import { randomUUID } from 'node:crypto';
import { storeUnderTest } from '../support/event-store-under-test.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Engine, startTestEngine } from '../support/engine.js';

interface Follower {
  readonly name: string;
  readonly kind?: string;
  readonly version: number;
  readonly position: string | null;
  readonly head: string | null;
  readonly lag_events: number | null;
  readonly lag_seconds: number | null;
  readonly state: string;
  readonly parked_streams: unknown;
}
interface Projections {
  readonly items: readonly Follower[];
  readonly next_cursor: null;
}
interface Ready {
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>;
}

// EventStoreDB's positions are byte offsets: how many events lie between two is not known.
const isCounted = storeUnderTest() === 'postgres';

let engine: Engine;
let database: pg.Client;
beforeAll(async () => {
  engine = await startTestEngine();
  database = new pg.Client({ connectionString: engine.database.connectionString });
  await database.connect();
}, 240_000);
afterAll(async () => {
  await database.end();
  await engine.stop();
});

const park = (follower: string, stream: string) =>
  database.query(
    `insert into forgerun_engine.parked_streams (follower, stream, revision, position, event_id, reason)
     values ($1, $2, 3, 7, $3, 'TypeError: a row lacks a column')`,
    [follower, stream, randomUUID()],
  );

describe('the projections', () => {
  it('are listed with how far they have come', async () => {
    await engine.api.newClient();
    const { body } = await engine.api.until<Projections>('/v1/admin/projections', ({ body: { items } }) =>
      items.every(({ state }) => state === 'caught_up'),
    );
    expect(body.items.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dispatch', 'jobs', 'attempts', 'clients', 'api-keys', 'queue-pauses', 'client-events']),
    );
    for (const each of body.items) {
      expect(each).toMatchObject({ lag_events: isCounted ? 0 : null, lag_seconds: 0, parked_streams: [] });
      expect(each.position).toBe(each.head);
    }
  });

  it('name the streams that wait', async () => {
    await park('jobs', 'job-1');
    try {
      const { body } = await engine.api.get<Projections>('/v1/admin/projections');
      expect(body.items.find(({ name }) => name === 'jobs')?.parked_streams).toMatchObject([
        { stream: 'job-1', revision: 3, reason: 'TypeError: a row lacks a column' },
      ]);
    } finally {
      await database.query(`delete from forgerun_engine.parked_streams`);
    }
  });

  it('are told by a node that runs none of them', async () => {
    const { database: shared } = engine;
    const apiNode = await startTestEngine({ database: shared, env: { FORGERUN_ROLES: 'api' } });
    try {
      const { body } = await apiNode.api.get<Projections>('/v1/admin/projections');
      expect(body.items.map(({ state }) => state)).not.toContain('not_started');
      const ready = await apiNode.api.get<Ready>('/health/ready');
      expect(Object.keys(ready.body.parts).sort()).toEqual([
        'database',
        'drain',
        'event_store',
        'followers',
        'name_servers',
        'no_worker',
        'workers',
      ]);
    } finally {
      await apiNode.stop();
    }
  });
});

describe('the status', () => {
  it('says what the engine is and how it stands', async () => {
    const { status, body } = await engine.api.get<Record<string, unknown> & { followers: readonly Follower[] }>(
      '/v1/admin/status',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      store: isCounted ? 'postgres' : 'eventstoredb',
      roles: ['api', 'worker', 'projector', 'saga'],
      nodes: [{ pid: process.pid }],
      timers: { overdue: 0 },
      parked_streams: 0,
    });
    expect(body['version']).toMatch(/^\d+\.\d+\.\d+/);
    expect(body['uptime_seconds']).toBeGreaterThanOrEqual(0);
    expect(Math.abs(Number(body['clock_skew_ms']))).toBeLessThan(60_000);
    expect(body.followers.filter(({ kind }) => kind === 'saga').map(({ name }) => name)).toContain('lease-expiry');
  });
});

describe('the admin calls', () => {
  it.each(['/v1/admin/projections', '/v1/admin/status'])('open to admin keys only: %s', async (path) => {
    for (const scope of ['client', 'worker', 'read']) {
      const { api } = await engine.api.newClient([scope]);
      expect(await api.get(path)).toMatchObject({ status: 403, body: { code: 'RFA_AUTH_FORBIDDEN' } });
    }
    expect(await engine.api.as(null).get(path)).toMatchObject({ status: 401 });
    expect(await engine.api.get(`${path}?all=true`)).toMatchObject({ status: 400 });
  });
});

describe('readiness', () => {
  const parts = async (): Promise<{ status: number; body: Ready }> => engine.api.as(null).get<Ready>('/health/ready');

  it('names every part of a node with all roles', async () => {
    const { status, body } = await parts();
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(Object.keys(body.parts).sort()).toEqual([
      'database',
      'drain',
      'event_store',
      'followers',
      'name_servers',
      'no_worker',
      'parked_streams',
      'receivers',
      'timers',
      'workers',
    ]);
  });

  it('is degraded by a stream that waits behind an event, and names the follower', async () => {
    await park('attempts', 'job-2');
    try {
      const { status, body } = await parts();
      expect([status, body.status]).toEqual([200, 'ready']);
      const named: unknown = expect.stringContaining('attempts');
      expect(body.parts['parked_streams']).toEqual({ status: 'degraded', reason: named });
      expect(body.parts['followers']).toEqual({ status: 'ok' });
    } finally {
      await database.query(`delete from forgerun_engine.parked_streams`);
    }
    expect((await parts()).body.parts['parked_streams']).toEqual({ status: 'ok' });
  });
});
