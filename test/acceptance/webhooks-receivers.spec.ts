import { type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { startEngineProcess } from '../support/engine-process.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type Received, Receiver, register, type Registered, submit, verify, revisionIn } from './webhooks.fixture.js';

const env = {
  FORGERUN_EGRESS_ALLOW: '127.0.0.0/8',
  FORGERUN_WEBHOOK_TIMEOUT_MS: '4000',
  FORGERUN_WEBHOOK_BACKOFF_BASE_MS: '200',
};
let database: TestDatabase;
const opened: Receiver[] = [];
const running: Engine[] = [];

beforeAll(async () => {
  database = await testDatabase();
}, 240_000);
afterEach(async () => {
  for (const engine of running.splice(0)) await engine.stop();
  for (const receiver of opened.splice(0)) await receiver.close();
});
afterAll(async () => {
  await database.drop();
});

async function start(): Promise<Engine> {
  const engine = await startTestEngine({ env, database });
  running.push(engine);
  return engine;
}

async function openReceiver(): Promise<Receiver> {
  const receiver = await Receiver.open();
  opened.push(receiver);
  return receiver;
}

/** The first request for each delivery, in the order they came. */
function firsts(received: readonly Received[]): readonly Received[] {
  const seen = new Set<string>();
  return received.filter(({ id }) => seen.size < seen.add(id).size);
}

describe('fifty receivers', () => {
  it('get theirs while one hangs, one drips and one fails', async () => {
    const engine = await start();
    const { api } = await engine.api.newClient();
    const well = await openReceiver();
    const hanging = await openReceiver();
    const dripping = await openReceiver();
    const failing = await openReceiver();
    let drips = 0;
    hanging.answerWith(() => undefined);
    dripping.answerWith((response) => {
      response.writeHead(200);
      const drip = setInterval(() => {
        drips += 1;
        response.write('.');
      }, 50);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    failing.answerWith((response) => {
      response.writeHead(500).end();
    });
    for (const bad of [hanging, dripping, failing]) await register(api, `${bad.url}/hook`, ['job.*']);
    const good = new Map<string, Registered>();
    for (let n = 0; n < 47; n += 1) good.set(`/${n}`, await register(api, `${well.url}/${n}`, ['job.*']));
    const jobs = new Set(await Promise.all([submit(api), submit(api), submit(api)]));
    // On a busy machine an answer may be late for its time limit, and the same event comes again.
    await well.until((all) => firsts(all).length >= 47 * 5 * jobs.size);
    for (const [path, { secret }] of good) {
      const received = firsts(well.at(path));
      expect(received).toHaveLength(5 * jobs.size);
      for (const each of received) expect(() => verify(secret, each)).not.toThrow();
      for (const jobId of jobs) {
        const ofJob = received.filter(({ event }) => event.subject === jobId);
        expect(ofJob.map(revisionIn)).toEqual([0, 1, 2, 3, 4]);
      }
    }
    expect(hanging.received.length).toBeGreaterThan(0);
    expect(drips).toBeGreaterThan(0);
    expect(failing.received.length).toBeGreaterThan(0);
    for (const jobId of jobs) expect((await api.get(`/v1/jobs/${jobId}`)).body).toMatchObject({ state: 'SUCCEEDED' });
  }, 240_000);
});

describe('a receiver', () => {
  it('has taken a delivery once its status line says so, whatever becomes of the body', async () => {
    const receiver = await openReceiver();
    const engine = await startTestEngine({ env: { ...env, FORGERUN_WEBHOOK_TIMEOUT_MS: '1500' }, database });
    running.push(engine);
    const { api } = await engine.api.newClient();
    const ends: Readonly<Record<string, (response: ServerResponse) => void>> = {
      '/drips': (response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('.'), 50);
        response.on('close', () => {
          clearInterval(drip);
        });
      },
      '/never-ends': (response) => response.writeHead(202).write('a'),
      '/short': (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('a', () => response.destroy());
      },
      '/gone': (response) => response.writeHead(410).write('a'),
    };
    receiver.answerWith((response, { path }) => ends[path]?.(response));
    for (const path of Object.keys(ends)) {
      const { id } = await register(api, `${receiver.url}${path}`, ['job.created']);
      await submit(api, { work_kind: 'nobody.here' });
      const isGone = path === '/gone';
      type Page = { items: { state: string; attempts: { status: number }[] }[] };
      const { body } = await api.until<Page>(
        `/v1/webhooks/${id}/deliveries`,
        ({ body: { items } }) => items[0] !== undefined && items[0].state !== 'PENDING',
      );
      expect(body.items[0]).toMatchObject({
        attempts: [{ status: isGone ? 410 : path === '/never-ends' ? 202 : 200 }],
      });
      expect([path, body.items[0]?.state]).toEqual([path, isGone ? 'DROPPED' : 'DELIVERED']);
      if (isGone) await api.until(`/v1/webhooks/${id}`, (webhook) => webhook.body['disabled_reason'] === 'gone');
      await api.call('DELETE', `/v1/webhooks/${id}`);
    }
  }, 240_000);
});

describe('deliveries', () => {
  it('outlive a restart: every event arrives under its one id', async () => {
    const receiver = await openReceiver();
    const before = await start();
    const { clientId, api } = await before.api.newClient();
    const { id, secret } = await register(api, receiver.url, ['job.*']);
    receiver.answerWith((response) => {
      response.writeHead(503).end();
    });
    const jobs = await Promise.all(Array.from({ length: 10 }, () => submit(api)));
    // A job that the stop hands back would have more events than those counted below.
    for (const job of jobs) await api.until(`/v1/jobs/${job}`, ({ body }) => body['state'] === 'SUCCEEDED');
    await receiver.until((all) => all.length >= 5);
    await before.running.stop();
    receiver.answerOk();
    const after = await start();
    const again = after.api.with({ 'forgerun-client': clientId });
    type Page = { items: { delivery_id: string; state: string }[] };
    const listed = await again.until<Page>(
      `/v1/webhooks/${id}/deliveries?limit=200`,
      ({ body }) => body.items.length === 50 && body.items.every(({ state }) => state === 'DELIVERED'),
      40_000,
    );
    const byEvent = new Map<string, Set<string>>();
    for (const each of receiver.received) {
      expect(() => verify(secret, each)).not.toThrow();
      const event = `${String(each.event.subject)} ${revisionIn(each)}`;
      byEvent.set(event, (byEvent.get(event) ?? new Set()).add(each.id));
    }
    expect([...byEvent.keys()].sort()).toEqual(jobs.flatMap((job) => [0, 1, 2, 3, 4].map((n) => `${job} ${n}`)).sort());
    expect([...byEvent.values()].every((ids) => ids.size === 1)).toBe(true);
    expect(new Set(receiver.received.map((each) => each.id))).toEqual(
      new Set(listed.body.items.map((each) => each.delivery_id)),
    );
  }, 240_000);

  it('outlive a kill in the middle of an attempt, under the same id and with the same bytes', async () => {
    const receiver = await openReceiver();
    const options = {
      env: { ...env, FORGERUN_WEBHOOK_TIMEOUT_MS: '1000' },
      connectionString: database.connectionString,
    };
    const before = await startEngineProcess(options);
    const { clientId, api } = await before.api.newClient();
    const { id, secret } = await register(api, receiver.url, ['job.*']);
    // It takes what it gets, and the engine dies before it hears of it, but not before every submit was answered.
    let haveSubmitted: () => void = () => undefined;
    const submitted = new Promise<void>((resolve) => {
      haveSubmitted = resolve;
    });
    receiver.answerWith(() => {
      void submitted.then(() => {
        before.kill('SIGKILL');
      });
    });
    // No worker works on these, so that all their events are known.
    const jobs = await Promise.all(Array.from({ length: 10 }, () => submit(api, { work_kind: 'nobody.here' })));
    haveSubmitted();
    await before.exited;
    const taken = [...receiver.received];
    expect(taken.length).toBeGreaterThan(0);
    receiver.answerOk();
    const after = await startEngineProcess(options);
    const again = after.api.with({ 'forgerun-client': clientId });
    type Page = { items: { state: string }[] };
    await again.until<Page>(
      `/v1/webhooks/${id}/deliveries?limit=200`,
      ({ body }) => body.items.length === 20 && body.items.every(({ state }) => state === 'DELIVERED'),
    );
    const later = receiver.received.slice(taken.length);
    expect(new Set(receiver.received.map((each) => each.id)).size).toBe(2 * jobs.length);
    for (const each of taken) expect(later.find((one) => one.id === each.id)?.body).toBe(each.body);
    for (const each of receiver.received) expect(() => verify(secret, each)).not.toThrow();
    after.kill('SIGTERM');
    await after.exited;
  }, 240_000);

  it('are not made by two nodes at once', async () => {
    const receiver = await openReceiver();
    const one = await start();
    await start();
    const { api } = await one.api.newClient();
    const { id } = await register(api, receiver.url, ['job.*']);
    await Promise.all(Array.from({ length: 20 }, () => submit(api)));
    type Page = { items: { delivery_id: string; state: string; attempts: unknown[] }[] };
    const { body } = await api.until<Page>(
      `/v1/webhooks/${id}/deliveries?limit=200`,
      (answer) => answer.body.items.filter(({ state }) => state === 'DELIVERED').length === 100,
    );
    // An answer that was late on a busy machine is a failed attempt; every request that came is one in the record.
    const attempts = body.items.flatMap(({ delivery_id, attempts }) => attempts.map(() => delivery_id));
    expect(receiver.received.map((each) => each.id).sort()).toEqual(attempts.sort());
  }, 240_000);
});
