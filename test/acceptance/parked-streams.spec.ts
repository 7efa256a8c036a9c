import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { until } from '../support/until.js';
import { type Item, itemsIn, submitted } from './jobs.fixture.js';

// Engines start and stop in it, on a machine that may have other work.
jest.setTimeout(240_000);

interface Page {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}
interface Queue {
  readonly paused: boolean;
  readonly max_running: number | null;
}

/** Answers calls and runs no follower. */
let apiNode: Engine;
/** Runs the followers and answers no calls. */
let following: Engine;
let database: pg.Client;
let api: Api;
let clientId: string;

const startFollowing = (): Promise<Engine> =>
  startTestEngine({ database: apiNode.database, env: { FORGERUN_ROLES: 'projector,saga' } });

beforeAll(async () => {
  apiNode = await startTestEngine({ env: { FORGERUN_ROLES: 'api' } });
  following = await startFollowing();
  database = new pg.Client({ connectionString: apiNode.database.connectionString });
  await database.connect();
  ({ api, clientId } = await apiNode.api.newClient());
}, 240_000);
afterAll(async () => {
  await database.end();
  await following.stop();
  await apiNode.stop();
});

const parkedOf = (projection: string): string => `/v1/admin/projections/${projection}/parked`;
const decisionsOf = (projection: string): string => `${parkedOf(projection)}/decisions`;
const named = (projection: string, stream: unknown): string =>
  `${parkedOf(projection)}/${encodeURIComponent(String(stream))}`;

/** From here on the table takes no such row, until what is given back is called. */
async function refusing(table: string, rows: string): Promise<() => Promise<unknown>> {
  const name = `refuses_${randomUUID().replaceAll('-', '')}`;
  await database.query(`alter table forgerun_read.${table} add constraint ${name} check (not (${rows})) not valid`);
  return () => database.query(`alter table forgerun_read.${table} drop constraint ${name}`);
}

async function whenParked(projection: string, count: number): Promise<readonly Item[]> {
  return itemsIn(await apiNode.api.until(parkedOf(projection), (answer) => itemsIn(answer).length === count));
}

const isListed = (id: string) => (answer: { readonly body: unknown }) =>
  itemsIn(answer).some(({ job_id }) => job_id === id);

describe('a parked stream', () => {
  it('is listed with what it waits behind, and catches up when it is released after the cause is gone', async () => {
    const mend = await refusing('jobs', 'priority = 7');
    const id = await submitted(api, { priority: 7 });
    const [parked] = await whenParked('jobs', 1);
    expect(parked).toEqual({
      stream: `job-${id}`,
      kind: 'stream',
      client_id: clientId,
      revision: 0,
      position: expect.stringMatching(/^\d+$/),
      event_id: expect.any(String),
      reason: expect.stringContaining('violates check constraint'),
      parked_at: expect.any(String),
      ...{ verdict: null, actor: null, verdict_reason: null, decided_at: null },
    });

    // Released too early, it is parked anew, with the newest error and without the decision.
    const early = await apiNode.api.post<Item>(`${named('jobs', parked?.['stream'])}/release`, {});
    expect(early).toMatchObject({ status: 200, body: { verdict: 'release', verdict_reason: null } });
    await apiNode.api.until(parkedOf('jobs'), (answer) =>
      itemsIn(answer).every(({ verdict, parked_at }) => verdict === null && parked_at !== parked?.['parked_at']),
    );

    await mend();
    const { status, body, headers } = await apiNode.api.post(`${named('jobs', parked?.['stream'])}/release`, {
      reason: 'the rule was wrong',
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...parked,
        parked_at: expect.any(String),
        verdict: 'release',
        actor: expect.stringMatching(/^key:/),
        verdict_reason: 'the rule was wrong',
        decided_at: expect.any(String),
      },
    });
    expect(headers.get('forgerun-position')).not.toBeNull();
    await api.until('/v1/jobs', isListed(id));
    await whenParked('jobs', 0);
    const { parked_at: _at, ...place } = parked ?? {};
    const common = { ...place, reason: expect.any(String), actor: body['actor'], verdict: 'release' };
    expect((await apiNode.api.get<Page>(decisionsOf('jobs'))).body).toEqual({
      items: [
        { ...common, verdict_reason: 'the rule was wrong', decided_at: body['decided_at'] },
        { ...common, verdict_reason: null, decided_at: early.body['decided_at'] },
      ],
      next_cursor: null,
    });
  });

  it('goes on behind the event that is skipped, and who did so and why is kept', async () => {
    const queue = `q${randomUUID()}`;
    const mend = await refusing('queue_limits', 'max_running = 13');
    await api.post(`/v1/queues/${queue}/limit`, { max_running: 13 });
    const [parked] = await whenParked('queue-pauses', 1);
    await api.post(`/v1/queues/${queue}/pause`, {});
    const path = `${named('queue-pauses', parked?.['stream'])}/skip`;
    const reason = 'thirteen brings bad luck';

    const another = await apiNode.api.post(path, { reason, event_id: randomUUID() });
    expect(another).toMatchObject({ status: 404, body: { code: 'RFA_REQUEST_NOT_FOUND' } });
    expect(itemsIn(await apiNode.api.get(parkedOf('queue-pauses')))).toMatchObject([{ verdict: null }]);

    const { status, body } = await apiNode.api.post(path, { reason, event_id: parked?.['event_id'] });
    expect({ status, body }).toMatchObject({ status: 200, body: { verdict: 'skip', verdict_reason: reason } });
    // What came behind it is applied, and what comes.
    await api.until<Queue>(
      `/v1/queues/${queue}`,
      ({ body: { paused, max_running } }) => paused && max_running === null,
    );
    await whenParked('queue-pauses', 0);
    await api.post(`/v1/queues/${queue}/limit`, { max_running: 14 });
    await api.until<Queue>(`/v1/queues/${queue}`, ({ body: { max_running } }) => max_running === 14);
    await mend();
    const { rows } = await database.query(
      `select follower, stream, event_id, actor, verdict_reason from forgerun_engine.skipped_events`,
    );
    const skipped = { stream: parked?.['stream'], event_id: parked?.['event_id'], verdict_reason: reason };
    expect(rows).toEqual([{ ...skipped, follower: 'queue-pauses', actor: body['actor'] }]);
  });

  it('is released where that is the last word, though a skip was being carried out', async () => {
    const mend = await refusing('jobs', 'priority = 6');
    const id = await submitted(api, { priority: 6 });
    const [parked] = await whenParked('jobs', 1);
    await mend();
    // Who moves the checkpoint waits for this.
    await database.query('begin');
    await database.query(`select from forgerun_engine.checkpoints where name = 'jobs' for update`);
    const path = named('jobs', parked?.['stream']);
    expect((await apiNode.api.post(`${path}/skip`, { reason: 'a mistake' })).status).toBe(200);
    await until(async () => {
      // Within a transaction the first look at who does what would be kept.
      await database.query('select pg_stat_clear_snapshot()');
      const { rows } = await database.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%move_checkpoint%'`,
      );
      return rows.length > 0;
    });
    expect(await apiNode.api.post(`${path}/release`, {})).toMatchObject({ status: 200, body: { verdict: 'release' } });
    await database.query('rollback');
    await api.until('/v1/jobs', isListed(id));
    await whenParked('jobs', 0);
    const { rowCount } = await database.query(`select from forgerun_engine.skipped_events where stream = $1`, [
      parked?.['stream'],
    ]);
    expect(rowCount).toBe(0);
  });

  it('is found page by page', async () => {
    const mend = await refusing('jobs', 'priority = 8');
    const ids = [await submitted(api, { priority: 8 }), await submitted(api, { priority: 8 })];
    await whenParked('jobs', 2);
    const first = await apiNode.api.get<Page>(`${parkedOf('jobs')}?limit=1`);
    const second = await apiNode.api.get<Page>(`${parkedOf('jobs')}?limit=1&cursor=${first.body.next_cursor ?? ''}`);
    expect([first, second].flatMap((page) => itemsIn(page).map(({ stream }) => stream))).toEqual(
      ids.map((id) => `job-${id}`),
    );
    expect(second.body.next_cursor).toBeNull();
    const elsewhere = await apiNode.api.get(`${parkedOf('attempts')}?cursor=${first.body.next_cursor ?? ''}`);
    expect(elsewhere).toMatchObject({ status: 400, body: { code: 'RFA_REQUEST_MALFORMED' } });
    await mend();
    for (const id of ids) await apiNode.api.post(`${named('jobs', `job-${id}`)}/release`, {});
    await whenParked('jobs', 0);

    const newest = await apiNode.api.get<Page>(`${decisionsOf('jobs')}?limit=1`);
    const next = await apiNode.api.get<Page>(`${decisionsOf('jobs')}?limit=1&cursor=${newest.body.next_cursor ?? ''}`);
    expect([newest, next].flatMap((page) => itemsIn(page).map(({ stream }) => stream))).toEqual(
      ids.toReversed().map((id) => `job-${id}`),
    );
    const others = await apiNode.api.get(`${decisionsOf('jobs')}?cursor=${first.body.next_cursor ?? ''}`);
    expect(others).toMatchObject({ status: 400, body: { code: 'RFA_REQUEST_MALFORMED' } });
  });
});

describe('a client that waits with all it has', () => {
  it('is listed and released by the name under which it waits', async () => {
    await following.stop();
    const stream = `every stream of client ${clientId}`;
    await database.query(
      `insert into forgerun_engine.parked_streams (follower, stream, client_id, revision, position, event_id, reason)
       select 'jobs', $1, $2, 0, position, $3, '1000 streams of this client wait'
       from forgerun_engine.checkpoints where name = 'jobs'`,
      [stream, clientId, randomUUID()],
    );
    const id = await submitted(api);
    following = await startFollowing();
    const other = await apiNode.api.newClient();
    await other.api.until('/v1/jobs', isListed(await submitted(other.api)));
    const { rowCount } = await database.query('select from forgerun_read.jobs where job_id = $1', [id]);
    expect(rowCount).toBe(0);
    expect(await whenParked('jobs', 1)).toMatchObject([{ stream, kind: 'client', client_id: clientId }]);
    const released = await apiNode.api.post(`${named('jobs', stream)}/release`, { reason: 'fixed' });
    expect(released).toMatchObject({ status: 200, body: { stream, kind: 'client', verdict: 'release' } });
    await api.until('/v1/jobs', isListed(id));
    await whenParked('jobs', 0);
  });
});

describe('names and callers that are not right', () => {
  const missing = `job-${randomUUID()}`;

  it.each([
    ['an unknown projection', 'GET', parkedOf('nothing'), undefined, 404],
    ['an unknown projection', 'POST', `${named('nothing', missing)}/release`, {}, 404],
    ['a stream that is not parked', 'POST', `${named('jobs', missing)}/release`, {}, 404],
    ['a stream that is not parked', 'POST', `${named('lease-expiry', missing)}/skip`, { reason: 'why' }, 404],
    ['what is no name of a stream', 'POST', `${named('jobs', 'job')}/release`, {}, 400],
    ['what is no name of a stream', 'POST', `${named('jobs', 'job-\u0000')}/release`, {}, 400],
    ['a skip without a reason', 'POST', `${named('jobs', missing)}/skip`, {}, 400],
    ['a skip with an empty reason', 'POST', `${named('jobs', missing)}/skip`, { reason: '' }, 400],
    ['a skip with a reason of blanks', 'POST', `${named('jobs', missing)}/skip`, { reason: ' \t' }, 400],
    ['a page that is too long', 'GET', `${parkedOf('jobs')}?limit=201`, undefined, 400],
    ['decisions of an unknown projection', 'GET', decisionsOf('nothing'), undefined, 404],
  ])('are answered so: %s, %s %s', async (_, method, path, body, status) => {
    expect((await apiNode.api.call(method, path, body)).status).toBe(status);
    expect((await api.call(method, path, body)).status).toBe(403);
  });
});
