import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type NameEntry, NameServer } from '../support/name-server.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { Receiver, register, submit } from './webhooks.fixture.js';

type Delivery = { readonly state: string; readonly attempts: readonly { readonly error: string | null }[] };

let database: TestDatabase;
let server: NameServer | null = null;
let engine: Engine | null = null;
let receiver: Receiver;

beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterEach(async () => {
  await engine?.stop();
  engine = null;
  await server?.close();
  server = null;
  await receiver.close();
});
afterAll(async () => {
  await database.drop();
});

const entryOf = (name: string): NameEntry =>
  name.endsWith('.silent.example') ? 'silent' : name === 'receiver.example' ? ['127.0.0.1'] : 'absent';

async function start(servers: string): Promise<Engine> {
  const env = {
    FORGERUN_DNS_SERVERS: servers,
    FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
    FORGERUN_WEBHOOK_TIMEOUT_MS: '4000',
    FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '100',
  };
  engine = await startTestEngine({ env, database });
  receiver = await Receiver.open();
  return engine;
}

const named = (path: string): string => `${receiver.url.replace('127.0.0.1', 'receiver.example')}${path}`;

async function deliveriesOf(api: Api, webhookId: string): Promise<readonly Delivery[]> {
  const { body } = await api.get<{ items: readonly Delivery[] }>(`/v1/webhooks/${webhookId}/deliveries?limit=200`);
  return body.items;
}

async function until<Seen>(
  look: () => Promise<Seen>,
  holds: (seen: Seen) => boolean,
  withinMs = 30_000,
): Promise<Seen> {
  for (const deadline = performance.now() + withinMs; ;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`never came to hold: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('names that nobody answers for', () => {
  it('stop no other client’s deliveries, and cost it no attempt', async () => {
    server = await NameServer.open(entryOf);
    const { api: operator } = await start(server.address);
    const { api: noisy } = await operator.newClient();
    const { api } = await operator.newClient();
    const silent = Array.from({ length: 60 }, (_, at) => `http://n${at}.silent.example/`);
    await Promise.all(silent.map((url) => register(noisy, url, ['job.succeeded'])));
    const { id } = await register(api, named('/well'), ['job.succeeded']);
    await Promise.all(Array.from({ length: 8 }, () => submit(noisy)));
    const asked = server;
    // They are being asked for, and are silent.
    await until(
      () => Promise.resolve(asked.asked.filter((name) => name.endsWith('.silent.example')).length),
      (count) => count >= 16,
    );
    await Promise.all(Array.from({ length: 4 }, () => submit(api)));
    const deliveries = await until(
      () => deliveriesOf(api, id),
      (all) => all.length === 4 && all.every(({ state }) => state === 'DELIVERED'),
    );
    expect(deliveries.map(({ attempts }) => attempts.map(({ error }) => error))).toEqual(Array(4).fill([null]));
    expect(receiver.at('/well')).toHaveLength(4);
  });
});

describe('a node that cannot ask for names', () => {
  it('charges no receiver and no job, says so, and goes on when it can', async () => {
    const away = await NameServer.open(entryOf);
    const { address, port } = away;
    await away.close();
    const { api: operator } = await start(address);
    const { api } = await operator.newClient();
    const { id } = await register(api, named('/late'), ['job.succeeded']);
    await submit(api);
    const payload = { method: 'POST', url: named('/job'), body: {} };
    const jobId = await submit(api, { work_kind: 'HTTP_REQUEST', payload });
    const health = await until(
      () => operator.get<{ status: string; parts: Record<string, { status: string }> }>('/health/ready'),
      ({ body }) => body.parts['name_servers']?.status === 'degraded',
    );
    expect([health.status, health.body.status]).toEqual([200, 'ready']);
    const putOff = /webhook_attempts_put_off_total\{lack="name"\} [1-9]/;
    await until(
      () => operator.get('/metrics'),
      ({ text }) => putOff.test(text),
    );
    const waiting = await until(
      () => deliveriesOf(api, id),
      (all) => all.length > 0,
    );
    expect(waiting).toMatchObject([{ state: 'PENDING', attempts: [] }]);
    server = await NameServer.open(entryOf, port);
    const deliveries = await until(
      () => deliveriesOf(api, id),
      (all) => all.length === 2 && all.every(({ state }) => state === 'DELIVERED'),
    );
    expect(deliveries.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
    expect((await api.get(`/v1/jobs/${jobId}`)).body).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
  });
});
