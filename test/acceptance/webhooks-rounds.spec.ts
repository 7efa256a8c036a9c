import { type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Engine, startTestEngine } from '../support/engine.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { whenIn } from './jobs.fixture.js';
import { type Received, Receiver, register, submit } from './webhooks.fixture.js';

interface Listed {
  readonly delivery_id: string;
  readonly state: string;
  readonly attempts: readonly unknown[];
}

const env = { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', FORGERUN_WEBHOOK_TIMEOUT_MS: '60000' };

let database: TestDatabase;
let receiver: Receiver;
const engines: Engine[] = [];
beforeEach(async () => {
  database = await testDatabase();
  receiver = await Receiver.open();
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await receiver.close();
  await database.drop();
});

async function start(): Promise<Engine> {
  const engine = await startTestEngine({ database, env });
  engines.push(engine);
  return engine;
}

const isReplay = ({ headers }: Received): boolean => headers['forgerun-replay'] === 'true';

describe('deliveries that are made again', () => {
  it('are made once and marked as such, whichever of two nodes planned and delivered them', async () => {
    const { api } = await (await start()).api.newClient();
    await start();
    const { id } = await register(api, receiver.url, ['job.*']);
    const jobs = await Promise.all(Array.from({ length: 16 }, () => submit(api)));
    for (const job of jobs) await whenIn(api, job, 'SUCCEEDED');
    const count = jobs.length * 5;
    const listed = async (holds: (item: Listed) => boolean): Promise<readonly string[]> => {
      const { body } = await api.until<{ items: Listed[] }>(
        `/v1/webhooks/${id}/deliveries?limit=100`,
        ({ body: { items } }) => items.length === count && items.every(holds),
      );
      return body.items.map(({ delivery_id }) => delivery_id).sort();
    };
    const deliveries = await listed(isDelivered);
    expect(receiver.received.filter(isReplay)).toEqual([]);

    const asked = await api.post(`/v1/webhooks/${id}/replay`, { from: new Date(0).toISOString() });
    expect(asked.status).toBe(202);
    expect(await listed((item) => isDelivered(item) && item.attempts.length > 1)).toEqual(deliveries);
    expect(receiver.received.filter(isReplay)).toHaveLength(count);
    expect(receiver.received).toHaveLength(2 * count);
  });
});

const isDelivered = ({ state }: Listed): boolean => state === 'DELIVERED';

describe('a webhook that is disabled', () => {
  it('has what was under way recorded, and is never sent what was pending, also once it listens again', async () => {
    const { api } = await (await start()).api.newClient();
    const held: ServerResponse[] = [];
    receiver.answerWith((response, { path }) => {
      if (path === '/first') held.push(response);
      else response.writeHead(204).end();
    });
    const { id } = await register(api, `${receiver.url}/first`, ['job.created']);
    const jobs = await Promise.all(Array.from({ length: 40 }, () => submit(api)));
    await receiver.until((all) => all.length >= 16);
    await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: false });
    // What comes later in the log arrives at another one: who listens has been followed up to there.
    await register(api, `${receiver.url}/second`, ['job.created']);
    await submit(api);
    await receiver.until(() => receiver.at('/second').length === 1);
    await api.call('PATCH', `/v1/webhooks/${id}`, { enabled: true });
    const underWay = held.length;
    for (const response of held.splice(0)) response.writeHead(204).end();
    const { body } = await api.until<{ items: Listed[] }>(
      `/v1/webhooks/${id}/deliveries?limit=100`,
      ({ body: { items } }) => items.length === jobs.length && items.every(({ state }) => state !== 'PENDING'),
    );
    const delivered = body.items.filter(isDelivered);
    expect(delivered).toHaveLength(underWay);
    expect(delivered.map(({ attempts }) => attempts.length)).toEqual(Array(underWay).fill(1));
    expect(receiver.at('/first')).toHaveLength(underWay);
  });
});
