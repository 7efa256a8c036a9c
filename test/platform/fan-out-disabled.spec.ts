import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type WebhookDisabled } from '../../src/webhooks/domain/webhook.events.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { FanOut, type FannedOut } from '../../src/webhooks/sending/fan-out.js';
import { listenerStatements } from '../../src/webhooks/following/listener-statements.js';
import { nextTurn } from '../../src/platform/async/next-turn.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';

const client = randomUUID();

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = poolAt(database.connectionString, 4);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A webhook that listens, and two events that it is to get. */
async function waiting(): Promise<{ readonly webhookId: string; readonly found: readonly FannedOut[] }> {
  const webhookId = randomUUID();
  await pool.query(
    `insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since) values ($1, $2, array['*'], 0)`,
    [webhookId, client],
  );
  const { rows } = await pool.query<{ place: string }>(
    `insert into forgerun_engine.fan_out_events (client_id, event_id, kind, event_name, filters, job_id, revision, position, due_at)
     select $1, gen_random_uuid(), 'job', 'job.created', array['*'], gen_random_uuid(), 0, n, now() from generate_series(1, 2) n
     returning place::text as place`,
    [client],
  );
  const [first, last] = rows.map(({ place }) => place);
  await pool.query(
    'insert into forgerun_engine.fan_outs (webhook_id, client_id, done_to, until) values ($1, $2, $3::bigint - 1, $4)',
    [webhookId, client, first, last],
  );
  const subjectOf = () => ({ listenerId: webhookId, clientId: client, deliveryId: randomUUID() });
  const found = rows.map(({ place }) => ({ place, subject: subjectOf() })) as unknown as readonly FannedOut[];
  return { webhookId, found };
}

const disabled = (webhookId: string) =>
  listenerStatements({
    position: 10n,
    event: { type: 'WebhookDisabled', data: { webhookId } },
  } as Recorded<WebhookDisabled>);

/** Until it has ended, or waits for a lock. */
async function endOrLock(work: Promise<unknown>): Promise<void> {
  const ended = work.then(() => true);
  for (;;) {
    const { rows } = await pool.query<{ waits: boolean }>(
      `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waits`,
    );
    if (rows[0]?.waits === true || (await Promise.race([ended, nextTurn().then(() => false)]))) return;
  }
}

const droppedOf = async (webhookId: string): Promise<readonly boolean[]> => {
  const { rows } = await pool.query<{ is_dropped: boolean }>(
    'select is_dropped from forgerun_engine.deliveries where listener_id = $1',
    [webhookId],
  );
  return rows.map(({ is_dropped }) => is_dropped);
};

async function inTransaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const one = await pool.connect();
  await one.query('begin');
  await work(one);
  await one.query('commit');
  one.release();
}

describe('a webhook that is disabled while its deliveries are being queued', () => {
  it('has them dropped where its disabling is written first', async () => {
    const { webhookId, found } = await waiting();
    let queued: Promise<void> = Promise.resolve();
    await inTransaction(async (follower) => {
      for (const { text, values } of disabled(webhookId)) await follower.query(text, [...values]);
      queued = new FanOut(pool).record(found);
      await endOrLock(queued);
    });
    await queued;
    expect(await droppedOf(webhookId)).toEqual([true, true]);
  });

  it('has them dropped where they are written first', async () => {
    const { webhookId, found } = await waiting();
    let follows: Promise<void> = Promise.resolve();
    await inTransaction(async (planner) => {
      await new FanOut(planner as unknown as pg.Pool).record(found);
      follows = inTransaction(async (follower) => {
        for (const { text, values } of disabled(webhookId)) await follower.query(text, [...values]);
      });
      await endOrLock(follows);
    });
    await follows;
    expect(await droppedOf(webhookId)).toEqual([true, true]);
  });
});
