import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { openFollowerPool } from '../../src/platform/postgres/keyed-pools.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { deliverTo } from '../../src/webhooks/following/delivery-statements.js';
import { type Statement } from '../../src/engine/followers/statement.js';
import { type Deliverable } from '../../src/webhooks/sending/candidates.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = openFollowerPool({
    connectionString: database.connectionString,
    name: 'followers',
    max: 1,
    onError: () => undefined,
    statementTimeoutMs: 60_000,
  });
}, 120_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const listen = async (clientId: string, filters: readonly string[], since: number, until: number | null) =>
  await pool.query(
    `insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since, until)
     values (gen_random_uuid(), $1, $2, $3, $4)`,
    [clientId, filters, since, until],
  );

function happened(clientId: string, type: string, position: number): Recorded<Deliverable> {
  const jobId = randomUUID();
  const metadata = { at: 5, actor: 'a', correlationId: null, causationId: null, traceparent: null };
  return {
    id: randomUUID(),
    stream: `job-${jobId}`,
    revision: 0,
    position: BigInt(position),
    metadata: { ...metadata, schema: 1, chain: '' },
    event: { type, data: { jobId, clientId } },
  } as unknown as Recorded<Deliverable>;
}

const toWebhooks = (events: readonly Recorded<Deliverable>[]): Statement => {
  const [first] = deliverTo(events);
  if (first === undefined) throw new Error('nothing is to be delivered');
  return first;
};

interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

const rowsIn = (node: PlanNode): number =>
  (node['Actual Rows'] + (node['Rows Removed by Join Filter'] ?? 0)) * node['Actual Loops'] +
  (node.Plans ?? []).reduce((sum, each) => sum + rowsIn(each), 0);

describe('events that many webhooks want', () => {
  it('are wanted from the first to the last that each of them listened to', async () => {
    const clients = [randomUUID(), randomUUID()] as const;
    const some = [['*'], ['job.created'], ['job.queued'], ['job.failed'], ['job.*', 'job.created']];
    // From before, amid and after the events at the positions 100 to 120, to all of these as well.
    const places = [1, 99, 100, 101, 110, 119, 120, 121, 200];
    for (const since of places)
      for (const until of [null, ...places.filter((place) => place > since)])
        for (const [n, filters] of some.entries()) await listen(clients[n % 2] ?? '', filters, since, until);
    const events = Array.from({ length: 21 }, (_, n) =>
      happened(clients[n % 3 === 0 ? 1 : 0], n % 4 === 0 ? 'JobQueued' : 'JobCreated', 100 + n),
    );
    const { text, values } = toWebhooks(events);
    await pool.query(text, [...values]);
    const { rows } = await pool.query(
      `select webhook_id, done_to::text, until::text from forgerun_engine.fan_outs order by webhook_id`,
    );
    const { rows: expected } = await pool.query(
      `select s.webhook_id, (min(e.place) - 1)::text as done_to, max(e.place)::text as until
         from forgerun_engine.webhook_spans s join forgerun_engine.fan_out_events e
           on e.client_id = s.client_id and s.since < e.position and (s.until is null or e.position <= s.until)
          and s.filters && e.filters
        where s.client_id = any ($1::uuid[]) group by s.webhook_id order by s.webhook_id`,
      [clients],
    );
    expect(rows).toEqual(expected);
    expect(rows.length).toBeGreaterThan(50);
  });

  it('are not compared one by one with each webhook that listens throughout', async () => {
    const clientId = randomUUID();
    for (let webhooks = 0; webhooks < 200; webhooks += 1) await listen(clientId, ['job.*'], 300, null);
    await pool.query('analyze forgerun_engine.webhook_spans');
    const events = Array.from({ length: 500 }, (_, n) =>
      happened(clientId, n % 2 ? 'JobQueued' : 'JobCreated', 301 + n),
    );
    const { text, values } = toWebhooks(events);
    const { rows } = await pool.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (analyze, format json) ${text}`,
      [...values],
    );
    const read = rows[0]?.['QUERY PLAN'].reduce((sum, { Plan }) => sum + rowsIn(Plan), 0);
    expect(read).toBeGreaterThan(500);
    expect(read).toBeLessThan(20_000);
  });
});
