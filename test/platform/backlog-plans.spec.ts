import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { openQueuePool } from '../../src/platform/postgres/keyed-pools.js';
import { unplannedSql } from '../../src/webhooks/sending/delivery-queue.sql.js';
import { nextOfFanOutsSql } from '../../src/webhooks/sending/fan-out.sql.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

const client = '00000000-0000-4000-8000-000000000001';
const webhook = '00000000-0000-4000-8000-0000000000e0';
const backlog = 20_000;

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = openQueuePool({
    connectionString: database.connectionString,
    name: 'webhooks',
    max: 1,
    onError: () => undefined,
    statementTimeoutMs: 60_000,
  });
  await pool.query(
    `insert into forgerun_engine.fan_out_events (client_id, event_id, kind, event_name, filters, job_id, revision, position, due_at)
     select $1, gen_random_uuid(), 'job', 'job.created',
            array['*', 'job.*', 'job.' || (array['created', 'queued', 'assigned', 'started', 'succeeded'])[1 + n % 5]],
            gen_random_uuid(), 0, n, now()
       from generate_series(1, ${backlog}) n`,
    [client],
  );
  await pool.query(
    `with webhooks as (
       insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since)
       select gen_random_uuid(), client_id, array['job.created', 'job.succeeded'], 0 from (select $1::uuid as client_id) c, generate_series(1, 12)
       returning webhook_id, client_id
     )
     insert into forgerun_engine.fan_outs (webhook_id, client_id, done_to, until)
     select webhook_id, client_id, 0, $2 from webhooks`,
    [client, backlog],
  );
  await pool.query(
    `insert into forgerun_engine.deliveries (listener_id, event_id, lane, client_id, kind, event_name, job_id, revision, position, due_at)
     select $1, gen_random_uuid(), 'a lane', $2, 'job', 'job.created', gen_random_uuid(), 0, n, now()
       from generate_series(1, ${backlog / 4}) n`,
    [webhook, client],
  );
  await pool.query('analyze forgerun_engine.fan_out_events, forgerun_engine.deliveries');
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** How many rows of a table a statement went through, by the plan that its connections make. */
async function rowsRead(table: string, text: string, types: string, values: string): Promise<number> {
  await pool.query(`prepare looked_at(${types}) as ${text}`);
  const { rows } = await pool.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
    `explain (analyze, format json) execute looked_at(${values})`,
  );
  await pool.query('deallocate looked_at');
  const count = (node: PlanNode): number =>
    (node['Relation Name'] === table ? node['Actual Rows'] * node['Actual Loops'] : 0) +
    (node.Plans ?? []).reduce((sum, each) => sum + count(each), 0);
  return rows[0]?.['QUERY PLAN'].reduce((sum, { Plan }) => sum + count(Plan), 0) ?? Number.NaN;
}

describe('a look at what is to be delivered', () => {
  const first = `'00000000-0000-0000-0000-000000000000'`;

  it('goes through what it takes of the events that wait, however many do', async () => {
    const read = await rowsRead('fan_out_events', nextOfFanOutsSql, 'int, uuid, int, int', `100, ${first}, 50, 64`);
    expect(read).toBeGreaterThanOrEqual(50);
    expect(read).toBeLessThan(1_000);
  });

  it('walks along an index in its order, also where statistics of another day make sorting all of it look cheaper', async () => {
    const { rows } = await pool.query<{ enable_bitmapscan: string }>('show enable_bitmapscan');
    expect(rows[0]?.enable_bitmapscan).toBe('off');
  });

  it('goes through what it takes of the callbacks that wait, however many do', async () => {
    const read = await rowsRead('deliveries', unplannedSql, 'int, uuid, int', `100, ${first}, 50`);
    expect(read).toBeGreaterThanOrEqual(100);
    expect(read).toBeLessThan(400);
  });
});
