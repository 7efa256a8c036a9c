import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { type Engine, startTestEngine } from '../support/engine.js';
import { logOn } from '../support/event-store-under-test.js';
import { startLeaseNode } from '../support/lease-node.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';
import { submitted } from './jobs.fixture.js';

let database: TestDatabase;
let rows: Pool;
let engine: Engine;
beforeEach(async () => {
  database = await testDatabase();
  rows = poolAt(database.connectionString, 1);
  engine = await startTestEngine({ database, env: { FORGERUN_ROLES: 'api,projector,saga' } });
}, 240_000);
afterEach(async () => {
  await rows.end();
  await database.drop();
});

it('runs no job too many where one is leased by a row of before its release', async () => {
  const { clientId, api } = await engine.api.newClient();
  await api.post('/v1/queues/narrow/limit', { max_running: 1 });
  const first = await submitted(api, { queue: 'narrow' });
  await submitted(api, { queue: 'narrow' });
  const readyRows = async (): Promise<number> =>
    (await rows.query('select from forgerun_read.ready_jobs')).rowCount ?? 0;
  await api.until('/v1/queues/narrow', ({ body }) => body['depth'] === 2 && body['max_running'] === 1);
  while ((await readyRows()) < 2);
  // From here on no read model follows.
  await engine.stop();

  // Its claim breaks behind the append: the lease is withdrawn, and the row is there as it was.
  let isAnswerLost = true;
  const broken = await startLeaseNode(database, {
    around: async (append) => {
      const outcomes = await append();
      if (!isAnswerLost) return outcomes;
      isAnswerLost = false;
      throw new Error('the answer of the log is lost');
    },
  });
  await expect(broken.lease(clientId)).rejects.toThrow('the answer of the log is lost');
  const queued = async (): Promise<number> =>
    (await logOn(database.connectionString)).filter(
      ({ stream, event }) => stream === `job-${first}` && event.type === 'JobQueued',
    ).length;
  await until(async () => (await queued()) === 2);
  await broken.stop();
  // A slot that was reserved long enough ago is one that a dead node has left, and is used again.
  await rows.query(`update forgerun_engine.queue_slots set reserved_at = reserved_at - interval '5 seconds'`);

  const node = await startLeaseNode(database);
  try {
    expect((await node.lease(clientId)).map(({ jobId }) => jobId)).toEqual([first]);
    // Only now it is shown that the first lease was withdrawn.
    await rows.query(
      `insert into forgerun_read.ready_jobs (job_id, client_id, queue, work_kind, priority, position, attempt)
       select job_id, client_id, queue, work_kind, priority, (select max(r.position) + 1 from forgerun_read.ready_jobs r), attempt
         from forgerun_read.jobs where job_id = $1`,
      [first],
    );
    expect(await node.lease(clientId, { waitMs: 2_000 })).toEqual([]);
  } finally {
    await node.stop();
  }
}, 240_000);
