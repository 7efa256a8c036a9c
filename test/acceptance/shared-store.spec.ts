import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { placeOfLog } from '../support/event-store-under-test.js';
import { type ForeignText, type ForeignWriter, foreignWriterOn } from '../support/foreign-writer.js';
import { readScrape } from '../support/scrape.js';
import { eventsOf, submitted } from './jobs.fixture.js';

// Several engines start and stop in each test, on a machine that may have other work.
jest.setTimeout(240_000);

interface Ready {
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly status: string; readonly reason?: string }>>;
}

const roles = { FORGERUN_ROLES: 'api,projector,saga' };
/** The same type names with other data, JSON of other shapes, none at all. */
const foreign: readonly ForeignText[] = [
  { type: 'JobCreated', data: '{"jobId":7}', metadata: '{"$correlationId":"x"}' },
  { type: 'JobQueued', data: '[]' },
  { type: 'JobSucceeded', data: '"text"', metadata: '[]' },
  { type: 'order-placed', data: '\u0001\u0002', isBinary: true },
];

let engine: Engine;
let api: Api;
let writer: ForeignWriter;
beforeAll(async () => {
  engine = await startTestEngine({ env: roles, onlyForWireServer: true });
  ({ api } = await engine.api.newClient());
  writer = await foreignWriterOn(await urlOfLog());
}, 240_000);
afterAll(async () => {
  await writer.close();
  await engine.stop();
});

const urlOfLog = async (): Promise<string> => (await placeOfLog(engine.database.connectionString)).url;

const passedOver = async (): Promise<number> =>
  readScrape((await engine.api.get('/metrics')).text).get('log_foreign_events_total')?.samples[0]?.value ?? NaN;

/** Everything that came before it in the log has been seen by every follower. */
async function everythingIsFollowed(): Promise<void> {
  const id = await submitted(api);
  await api.until(`/v1/jobs/${id}`, ({ status }) => status === 200);
  await engine.api.until<{ items: readonly { state: string }[] }>('/v1/admin/projections', ({ body }) =>
    body.items.every(({ state }) => state === 'caught_up'),
  );
}

describe('a store that another program uses too', () => {
  it('parks nothing, whatever is in streams with names like ours', async () => {
    const before = await passedOver();
    for (const category of ['job', 'client', 'schedule', 'webhook', 'delivery', 'queue'])
      await writer.write(`${category}-of another program`, ...foreign);
    await everythingIsFollowed();
    const ready = await engine.api.get<Ready>('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { parts: { parked_streams: { status: 'ok' } } } });
    expect((await passedOver()) - before).toBe(6 * foreign.length);
  });

  it('answers for a job whose stream ends in events of another program, and goes on with it', async () => {
    const id = await submitted(api);
    const before = await eventsOf(api, id);
    await writer.write(`job-${id}`, ...foreign);
    expect(await eventsOf(api, id)).toEqual(before);
    expect(await api.post(`/v1/jobs/${id}/cancel`, {})).toMatchObject({ status: 200, body: { state: 'CANCELED' } });
    await writer.write(`job-${id}`, ...foreign);
    expect((await eventsOf(api, id)).map(({ event_name }) => event_name)).toEqual([
      ...before.map(({ event_name }) => event_name),
      'JobCanceled',
    ]);
    expect((await api.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'CANCELED' });
  });

  it('tells how its projections stand while the other program writes', async () => {
    await everythingIsFollowed();
    const over = new AbortController();
    const busy = (async () => {
      for (let n = 0; !over.signal.aborted; n += 1) await writer.write(`order-${n}`, { type: 'order-placed' });
    })();
    const statuses = new Set<number>();
    for (let n = 0; n < 40; n += 1) statuses.add((await engine.api.get('/v1/admin/projections')).status);
    over.abort();
    await busy;
    expect([...statuses]).toEqual([200]);
  });
});

describe('two installations on one store', () => {
  const running: Engine[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  it('live beside each other, each in a namespace of its own', async () => {
    const store = await urlOfLog();
    for (const namespace of ['acme', 'zeta'])
      running.push(
        await startTestEngine({
          env: { ...roles, FORGERUN_EVENT_STORE: store, FORGERUN_EVENT_STORE_NAMESPACE: namespace },
        }),
      );
    const asked = { type: 'EXECUTE', work_kind: 'SUCCESS_FAST', idempotency_key: 'the-same-key' };
    const seen = new Set<string>();
    for (const { api: operator } of running) {
      const { api: client } = await operator.newClient();
      const made = await client.post('/v1/jobs', asked);
      expect(made.status).toBe(202);
      await client.until(`/v1/jobs/${String(made.body['job_id'])}`, ({ status }) => status === 200);
      const jobs = await client.until<{ items: readonly { job_id: string }[] }>(
        '/v1/jobs',
        ({ body }) => body.items.length === 1,
      );
      seen.add(jobs.body.items[0]?.job_id ?? '');
      expect((await operator.get<Ready>('/health/ready')).status).toBe(200);
    }
    expect(seen.size).toBe(2);
  });
});
