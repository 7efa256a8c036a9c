import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { readGauges } from '../../src/app/observing/read-gauges.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = poolAt(database.connectionString, 1);
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('the figures of queues', () => {
  it('are whole however many queues there are, and name the deepest of every client', async () => {
    const noisy = randomUUID();
    const victim = randomUUID();
    await pool.query(
      `insert into forgerun_read.queue_counts (client_id, queue, work_kind, queued)
       select $1::uuid, 'noise-' || n, 'a.kind', 2 from generate_series(1, 5000) n union all select $2::uuid, 'orders', 'a.kind', 1`,
      [noisy, victim],
    );
    const { queues } = await readGauges(pool);
    expect(queues.reduce((sum, { queued }) => sum + queued, 0)).toBe(10_001);
    expect(queues.length).toBeLessThanOrEqual(1_001);
    expect(queues).toContainEqual({ clientId: victim, queue: 'orders', queued: 1, oldestQueuedAt: null });
    expect(queues.find(({ queue }) => queue === null)?.queued).toBe(2 * 4_001);
  });
});
