import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../test/support/postgres.js';
import { openPool } from '../../platform/postgres/pools.js';
import { segmentOf } from '../../kernel/recorded.js';
import { ClientEventsTable } from './client-events-table.js';

const clientId = '018f0000-0000-7000-8000-000000000001';
const places = 700;
let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = openPool({
    connectionString: database.connectionString,
    name: 'spec',
    max: 1,
    statementTimeoutMs: 0,
    onError: (error) => {
      throw error;
    },
  });
  for (let position = 1n; position <= places; position += 1n)
    await pool.query(
      `insert into forgerun_read.client_events as t (client_id, segment, places) values ($1, $2, $3)
       on conflict (client_id, segment) do update set places = t.places || excluded.places`,
      [clientId, segmentOf(position).toString(), `${position} 0 ${1000n + position} JobCreated job-${position}\n`],
    );
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('a history', () => {
  it('is paged in the order of the log, over more than nine stretches', async () => {
    const table = new ClientEventsTable(pool);
    const seen: bigint[] = [];
    for (let after = 0n, more = true; more;) {
      const page = await table.page(clientId, after, null, 90);
      seen.push(...page.places.map(({ position }) => position));
      after = page.seen ?? after;
      more = page.hasMore;
    }
    expect(seen).toEqual(Array.from({ length: places }, (_, n) => BigInt(n + 1)));
  });

  it('finds the place before an instant', async () => {
    expect(await new ClientEventsTable(pool).before(clientId, 1500)).toBe(499n);
  });
});
