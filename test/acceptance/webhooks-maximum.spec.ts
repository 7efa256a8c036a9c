import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ProjectionProgress } from '../../src/engine/projector/projection-progress.js';
import { WebhookWrites } from '../../src/webhooks/commands/webhook-writes.js';
import { type WebhookTable } from '../../src/webhooks/queries/webhook-table.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { register } from './webhooks.fixture.js';

const env = { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8' };
let database: TestDatabase;
let first: Engine;
let second: Engine;

beforeAll(async () => {
  database = await testDatabase();
  first = await startTestEngine({ env, database });
  second = await startTestEngine({ env, database });
}, 240_000);
afterAll(async () => {
  await second.stop();
  await first.stop();
  await database.drop();
});

/** The status of a request that is asked again for as long as a read model is behind. */
async function decided(ask: () => Promise<{ readonly status: number }>): Promise<number> {
  for (;;) {
    const { status } = await ask();
    if (status !== 503) return status;
  }
}

describe('the number of a client’s webhooks', () => {
  it('is never more than two hundred, however many are created at once and on whichever node', async () => {
    const { api } = await first.api.newClient();
    const create = async (at: number): Promise<number> => {
      const node = api.at(at % 2 === 0 ? first.url : second.url);
      return await decided(() => node.post('/v1/webhooks', { url: `http://127.0.0.1:9/${at}` }));
    };
    const answers: number[] = [];
    for (let at = 0; at < 190; at += 10)
      answers.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => create(at + index)))));
    expect(new Set(answers)).toEqual(new Set([201]));
    const last = await Promise.all(Array.from({ length: 40 }, (_, index) => create(1_000 + index)));
    const count = (wanted: number): number => last.filter((status) => status === wanted).length;
    // They wait for each other, on a busy machine for longer than an answer may take.
    expect(count(201) + count(409) + count(504)).toBe(40);
    expect(count(201)).toBeLessThanOrEqual(10);
    expect(count(201) + count(504)).toBeGreaterThanOrEqual(10);
    for (let at = 3_000; (await create(at)) === 201; at += 1) expect(count(504)).toBeGreaterThan(0);
    const { body } = await api.get<{ items: readonly { webhook_id: string }[] }>('/v1/webhooks?limit=200');
    expect(body.items).toHaveLength(200);
    // A place that is free again is free at once.
    await api.call('DELETE', `/v1/webhooks/${String(body.items[0]?.webhook_id)}`);
    expect(await create(2_000)).toBe(201);
    expect(await create(2_001)).toBe(409);
  });

  it('holds one of each, however many are changed into one and registered as it at once, on whichever node', async () => {
    const { api } = await first.api.newClient();
    const paths = ['a', 'b', 'c', 'd', 'e', 'f'];
    const registered = await Promise.all(paths.map((path) => register(api, `http://127.0.0.1:9/${path}`)));
    const wanted = { url: 'http://127.0.0.1:9/target' };
    const nodes = [api.at(first.url), api.at(second.url)];
    const statuses = await Promise.all(
      nodes.flatMap((node, at) => [
        ...registered
          .filter((_, index) => index % 2 === at)
          .map(({ id }) => decided(() => node.call('PATCH', `/v1/webhooks/${id}`, wanted))),
        decided(() => node.post('/v1/webhooks', wanted)),
      ]),
    );
    expect(statuses.filter((status) => status === 200 || status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(7);
  });

  it('is counted by one node at a time, from the count to the end of the create', async () => {
    const pool = poolAt(database.connectionString, 3);
    const table = { count: () => Promise.resolve(0) } as unknown as WebhookTable;
    const progress = { waitFor: () => Promise.resolve(true) } as unknown as ProjectionProgress;
    const node = (): WebhookWrites => new WebhookWrites(pool, progress, () => Promise.resolve(null), table);
    const clientId = randomUUID();
    const begun: string[] = [];
    const started = (name: string): { readonly begins: Promise<void>; readonly end: () => void } => {
      let begin: () => void = () => undefined;
      let end: () => void = () => undefined;
      const begins = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const ends = new Promise<void>((resolve) => {
        end = resolve;
      });
      const create = (): Promise<void> => {
        begun.push(name);
        begin();
        return ends;
      };
      all.push(node().create(clientId, create));
      return { begins, end };
    };
    const all: Promise<void>[] = [];
    const one = started('first');
    try {
      await one.begins;
      const other = started('second');
      other.end();
      const waits = `select from pg_stat_activity
        where datname = current_database() and wait_event = 'advisory' and query like '%webhooks of%'`;
      while (begun.length === 1 && (await pool.query(waits)).rows.length === 0);
      expect(begun).toEqual(['first']);
      one.end();
      await other.begins;
    } finally {
      one.end();
      await Promise.all(all);
      await pool.end();
    }
  });
});
