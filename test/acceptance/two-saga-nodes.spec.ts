import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logOn } from '../support/event-store-under-test.js';
import { brokenLinks, textOf } from '../support/history-links.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { Receiver, register } from './webhooks.fixture.js';

const jobs = 100;

let database: TestDatabase;
let engines: readonly [Engine, Engine];
let receiver: Receiver;
beforeAll(async () => {
  database = await testDatabase();
  const env = { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' };
  engines = [await startTestEngine({ database, env }), await startTestEngine({ database, env })];
  receiver = await Receiver.open();
}, 240_000);
afterAll(async () => {
  for (const engine of engines) await engine.stop();
  await receiver.close();
  await database.drop();
});

describe('two nodes with sagas, timers and deliveries', () => {
  it('record each step once, and every event on the one before it', async () => {
    const [{ api }, other] = engines;
    const { api: client, clientId } = await api.newClient();
    const webhook = await register(client, receiver.url, ['job.*']);
    // No worker takes them, so that nothing but the engine's own steps is under way.
    const submitted = { jobs: Array.from({ length: jobs / 2 }, () => ({ type: 'EXECUTE', work_kind: 'a.kind' })) };
    await Promise.all([
      client.post('/v1/jobs/batch', submitted),
      other.api.post('/v1/jobs/batch', submitted, { 'forgerun-client': clientId }),
    ]);
    await receiver.until((all) => new Set(all.map(({ id }) => id)).size === jobs * 2);
    type Page = { items: { state: string }[] };
    const path = `/v1/webhooks/${webhook.id}/deliveries?limit=200`;
    await client.until<Page>(path, ({ body }) => body.items.every(({ state }) => state === 'DELIVERED'));
    const log = await logOn(database.connectionString);
    expect(log.length).toBeGreaterThan(jobs * 6);
    expect(brokenLinks(log.map(textOf))).toEqual([]);
  }, 240_000);
});
