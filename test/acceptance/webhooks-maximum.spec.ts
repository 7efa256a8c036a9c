import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Engine, startEngine } from '../support/engine.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const env = { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' };
let database: TestDatabase;
let first: Engine;
let second: Engine;

beforeAll(async () => {
  database = await testDatabase();
  first = await startEngine({ env, database });
  second = await startEngine({ env, database });
}, 240_000);
afterAll(async () => {
  await second.stop();
  await first.stop();
  await database.drop();
});

describe('the number of a client’s webhooks', () => {
  it('is never more than two hundred, however many are created at once and on whichever node', async () => {
    const { api } = await first.api.newClient();
    const create = async (at: number): Promise<number> => {
      const node = api.at(at % 2 === 0 ? first.url : second.url);
      for (;;) {
        const { status } = await node.post('/v1/webhooks', { url: `http://127.0.0.1:9/${at}` });
        if (status !== 503) return status;
      }
    };
    const answers: number[] = [];
    for (let at = 0; at < 190; at += 38)
      answers.push(...(await Promise.all(Array.from({ length: 38 }, (_, index) => create(at + index)))));
    expect(new Set(answers)).toEqual(new Set([201]));
    const last = await Promise.all(Array.from({ length: 40 }, (_, index) => create(1_000 + index)));
    expect([last.filter((status) => status === 201).length, last.filter((status) => status === 409).length]).toEqual([
      10, 30,
    ]);
    const { body } = await api.get<{ items: readonly { webhook_id: string }[] }>('/v1/webhooks?limit=200');
    expect(body.items).toHaveLength(200);
    // A place that is free again is free at once.
    await api.call('DELETE', `/v1/webhooks/${String(body.items[0]?.webhook_id)}`);
    expect(await create(2_000)).toBe(201);
    expect(await create(2_001)).toBe(409);
  });
});
