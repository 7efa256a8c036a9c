import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { Receiver, register, submit, verify, revisionIn } from './webhooks.fixture.js';

let server: EventStoreDbServer;
let engine: Engine;
let receiver: Receiver;

beforeAll(async () => {
  server = await startEventStoreDb();
  engine = await startTestEngine({
    env: { FORGERUN_EVENT_STORE: server.connectionString, FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' },
  });
  receiver = await Receiver.open();
}, 240_000);
afterAll(async () => {
  await engine.stop();
  await receiver.close();
  await server.stop();
});

describe('webhooks over EventStoreDB', () => {
  it('get the events of each job in order, and again on a replay', async () => {
    const { api } = await engine.api.newClient();
    const { id, secret } = await register(api, receiver.url, ['job.*']);
    const jobs = await Promise.all(Array.from({ length: 10 }, () => submit(api)));
    await receiver.until((all) => all.length >= 50);
    const first = [...receiver.received];
    expect(new Set(first.map((each) => each.id)).size).toBe(50);
    for (const jobId of jobs) {
      const ofJob = first.filter(({ event }) => event.subject === jobId);
      expect(ofJob.map(revisionIn)).toEqual([0, 1, 2, 3, 4]);
    }
    type Page = { items: { state: string }[] };
    await api.until<Page>(`/v1/webhooks/${id}/deliveries?limit=200`, ({ body }) =>
      body.items.every(({ state }) => state === 'DELIVERED'),
    );
    await api.post(`/v1/webhooks/${id}/replay`, { from: '2026-01-01T00:00:00Z', types: ['job.succeeded'] });
    await receiver.until((all) => all.length === 60);
    for (const each of receiver.received) {
      expect(() => verify(secret, each)).not.toThrow();
      expect(first.find((one) => one.id === each.id)?.body).toBe(each.body);
    }
  }, 240_000);
});
