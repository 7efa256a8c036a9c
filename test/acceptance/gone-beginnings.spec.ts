import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '../../src/engine/event-store/eventstoredb/connection.js';
import { queueIdOf } from '../../src/queues/ids.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logBeside, placeOfLog, storeUnderTest, withLogOn } from '../support/event-store-under-test.js';
import { itemsIn, leasedOne, submitted } from './jobs.fixture.js';

// Several engines start and stop in each test, on a machine that may have other work.
jest.setTimeout(240_000);

interface Ready {
  readonly parts: Readonly<Record<string, { readonly status: string }>>;
}

/** Takes the beginning of a stream away, or all of it. */
type Taking = (stream: string) => Promise<void>;

let engine: Engine;
let api: Api;
let clientId: string;
beforeAll(async () => {
  engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  ({ api, clientId } = await engine.api.newClient());
}, 240_000);
afterAll(async () => {
  await engine.stop();
});

const onLog = <Answer>(work: Parameters<typeof withLogOn<Answer>>[1]): Promise<Answer> =>
  withLogOn(engine.database.connectionString, work);

const truncated: Taking = (stream) => onLog((store) => store.truncateBefore(stream, 1));
const deleted: Taking = (stream) =>
  onLog(async (store) => {
    const [last] = await store.readStream(stream, { backwards: true, limit: 1 });
    await store.deleteStream(stream, last?.revision ?? 0);
  });

type Client = Awaited<ReturnType<typeof connect>>['client'];

async function withServer(stream: string, work: (client: Client, stored: string) => Promise<unknown>) {
  const { url, names } = await placeOfLog(engine.database.connectionString);
  const connection = await connect(url, { onError: () => undefined, connectionNumber: 2 });
  try {
    await work(connection.client, names.stored(stream));
  } finally {
    await connection.close();
  }
}
const limited: Taking = (stream) =>
  withServer(stream, (client, stored) => client.setStreamMetadata(stored, { maxCount: 1 }));
const aged: Taking = async (stream) => {
  await withServer(stream, (client, stored) => client.setStreamMetadata(stored, { maxAge: 1 }));
  await onLog(async (store) => {
    while ((await store.readStream(stream, { backwards: true, limit: 1 })).length > 0) await sleep(20);
  });
};
const tombstoned: Taking = (stream) => withServer(stream, (client, stored) => client.tombstoneStream(stored));

/** What only EventStoreDB can do to a stream, and an operator to it. */
const takings: readonly (readonly [string, Taking])[] = [
  ['was truncated', truncated],
  ['was deleted', deleted],
  ...(storeUnderTest() === 'postgres'
    ? []
    : ([
        ['keeps its latest event alone ($maxCount)', limited],
        ['has only events that are too old ($maxAge)', aged],
        ['was tombstoned', tombstoned],
      ] as const)),
];

type Answer = { readonly status: number; readonly text: string };
const clearly = ({ status, text }: Answer) => ([404, 409].includes(status) ? 'clear' : `${status} ${text}`);
/** A node that remembers the stream may still go on with it. */
const asOneWhoKnows = (answer: Answer) => (answer.status < 400 ? 'clear' : clearly(answer));

/** As a process that never saw the stream: what an engine remembers of it does not count. */
async function newcomer<Answer>(work: (api: Api) => Promise<Answer>): Promise<Answer> {
  const other = await startTestEngine({ database: engine.database, env: { FORGERUN_ROLES: 'api' } });
  try {
    return await work(api.at(other.url));
  } finally {
    await other.stop();
  }
}

describe.each(takings)('a stream that %s', (_, take) => {
  it('of a job answers its reads and commands clearly, at every node', async () => {
    const key = randomUUID();
    const id = await submitted(api, { idempotency_key: key });
    const lasting = await submitted(api);
    await api.until(`/v1/jobs/${lasting}`, ({ status }) => status === 200);
    await take(`job-${id}`);
    await newcomer(async (fresh) => {
      for (const [asked, said] of [
        [fresh, clearly],
        [api, asOneWhoKnows],
      ] as const) {
        expect(said(await asked.post(`/v1/jobs/${id}/cancel`, {}))).toBe('clear');
        expect(said(await asked.post(`/v1/jobs/${id}/retry`, {}))).toBe('clear');
        expect(said(await asked.get(`/v1/jobs/${id}/events`))).toBe('clear');
        expect(said(await asked.get(`/v1/jobs/${id}/report`))).toBe('clear');
        expect(said(await asked.get(`/v1/jobs/${id}?as_of=0`))).toBe('clear');
        expect((await asked.get('/v1/events')).status).toBe(200);
      }
      // Its neighbours in a batch are taken.
      const jobs = [{ idempotency_key: key }, {}].map((more) => ({ type: 'EXECUTE', work_kind: 'test.work', ...more }));
      const batch = await fresh.post('/v1/jobs/batch', { jobs });
      expect(batch.status).toBeLessThan(300);
      expect(itemsIn(batch).map(({ status }) => Number(status) < 500)).toEqual([true, true]);
      // It may still be among the ready jobs, and no worker can have it.
      const lease = await fresh.post<{ leases: { job_id: string }[] }>('/v1/leases', { worker_id: 'w1', max_jobs: 10 });
      expect(lease.status).toBe(200);
      expect(lease.body.leases.map((each) => each.job_id)).toContain(lasting);
    });
  });

  it('of a client, a schedule, a webhook or a queue answers clearly', async () => {
    const { clientId, api: victim } = await engine.api.newClient();
    const job = { type: 'EXECUTE', work_kind: 'test.work' };
    const rule = { name: randomUUID(), cron: '0 0 1 1 *', timezone: 'UTC', job };
    const schedule = String((await api.post('/v1/schedules', rule)).body['schedule_id']);
    const webhook = String(
      (await api.post('/v1/webhooks', { url: `https://example.com/${randomUUID()}` })).body['webhook_id'],
    );
    for (const path of [`/v1/schedules/${schedule}`, `/v1/webhooks/${webhook}`]) {
      await api.until(path, ({ status }) => status === 200);
      expect((await api.call('PATCH', path, { name: randomUUID() })).status).toBeLessThan(500);
    }
    await victim.get('/v1/jobs');
    await engine.api.post(`/v1/clients/${clientId}/keys`, { scopes: ['client'] });
    for (const stream of [`schedule-${schedule}`, `webhook-${webhook}`, `client-${clientId}`]) await take(stream);
    await newcomer(async (fresh) => {
      for (const [asked, said] of [
        [fresh, clearly],
        [api, asOneWhoKnows],
      ] as const) {
        const operator = engine.api.at(asked.url);
        expect(asOneWhoKnows(await asked.call('DELETE', `/v1/schedules/${schedule}`))).toBe('clear');
        expect(said(await asked.post(`/v1/schedules/${schedule}/pause`, {}))).toBe('clear');
        expect((await asked.get(`/v1/schedules/${schedule}`)).status).toBeLessThan(500);
        expect((await asked.get(`/v1/schedules/${schedule}/next`)).status).toBeLessThan(500);
        expect(asOneWhoKnows(await asked.call('DELETE', `/v1/webhooks/${webhook}`))).toBe('clear');
        expect((await asked.get(`/v1/webhooks/${webhook}`)).status).toBeLessThan(500);
        expect(said(await operator.post(`/v1/clients/${clientId}/keys`, { scopes: ['client'] }))).toBe('clear');
      }
    });
  });
});

describe.each(takings)('a paused and limited queue whose stream %s', (how, take) => {
  it('is resumed and unlimited at every node, or says that it cannot be', async () => {
    for (const isFresh of [true, false]) {
      const queue = `q${randomUUID()}`;
      const path = `/v1/queues/${queue}`;
      await api.post(`${path}/limit`, { max_running: 1 });
      await api.post(`${path}/pause`, {});
      const id = await submitted(api, { queue });
      await take(`queue-${queueIdOf(clientId, queue)}`);
      const stands = (answer: { readonly body: unknown }, how: object): boolean =>
        itemsIn(answer).some((item) => isDeepStrictEqual(item, { ...item, queue, ...how }));
      const order = async (asked: Api): Promise<void> => {
        const answers = [
          await asked.post(`${path}/resume`, {}),
          await asked.post(`${path}/limit`, { max_running: null }),
        ];
        if (how === 'was tombstoned') {
          expect(answers).toMatchObject([{ status: 409 }, { status: 409 }]);
          expect(answers[0]?.text).toContain('RFA_JOB_CONFLICT');
          return;
        }
        expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
        await asked.until('/v1/queues?limit=200', (answer) => stands(answer, { paused: false, max_running: null }));
        await asked.until(`/v1/jobs/${id}`, ({ status }) => status === 200);
        expect(await leasedOne(asked, { queues: [queue] })).toMatchObject({ job_id: id });
        // And it can be paused again.
        expect((await asked.post(`${path}/pause`, {})).status).toBe(200);
        await asked.until('/v1/queues?limit=200', (answer) => stands(answer, { paused: true, max_running: null }));
      };
      await (isFresh ? newcomer(order) : order(api));
    }
  });
});

describe('followers that come to a stream whose beginning is gone', () => {
  it('park nothing, and go on', async () => {
    const first = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
    const { database } = first;
    const engines = [first];
    try {
      const { clientId, api: client } = await first.api.newClient();
      const ids: string[] = [];
      for (let n = 0; n < 4; n += 1) {
        ids.push(await submitted(client));
        await client.post(`/v1/jobs/${ids[n] ?? ''}/cancel`, {});
      }
      await first.api.post(`/v1/clients/${clientId}/keys`, { scopes: ['client'] });
      await withLogOn(database.connectionString, async (store) => {
        for (const [n, id] of ids.slice(0, 2).entries()) await store.truncateBefore(`job-${id}`, n + 1);
        const { events } = (await store.readStreams([`client-${clientId}`]))[0] ?? { events: [] };
        await store.truncateBefore(`client-${clientId}`, events.length - 1);
      });
      // A database that has seen nothing yet, as after a loss.
      const late = await startTestEngine({
        env: {
          FORGERUN_ROLES: 'api,projector,saga',
          ...(await logBeside(database.connectionString)),
          FORGERUN_ADOPT_LOG: first.running.installation,
        },
      });
      engines.push(late);
      const id = await submitted(late.api);
      await late.api.until(`/v1/jobs/${id}`, ({ status }) => status === 200);
      const ready = await late.api.until<Ready>('/health/ready', ({ status }) => status === 200);
      expect(ready.body.parts['parked_streams']).toMatchObject({ status: 'ok' });
    } finally {
      for (const each of engines.reverse()) await each.stop();
    }
  });
});
