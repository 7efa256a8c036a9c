import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { NoWorkerWatch } from '../../src/dispatch/no-worker-watch.js';
import { type QueueKind } from '../../src/dispatch/polled-queue-kinds.js';
import { RecentPolls } from '../../src/dispatch/recent-polls.js';
import { unattendedQueueKinds, type UnattendedQueueKind } from '../../src/dispatch/unattended-queue-kinds.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = poolAt(database.connectionString, 2);
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query(
    `truncate forgerun_read.queue_counts, forgerun_read.ready_jobs, forgerun_read.jobs, forgerun_read.queue_pauses,
       forgerun_engine.recent_polls`,
  );
});

const unheard = (cause: unknown): void => {
  throw cause;
};
const nodes: RecentPolls[] = [];
afterEach(async () => {
  for (const each of nodes.splice(0)) await each.stop();
});

/** What a node keeps in memory; without a timer of its own, but for what is new. */
function node(monotonicNow?: () => number): RecentPolls {
  const polls = new RecentPolls(pool, unheard, monotonicNow);
  nodes.push(polls);
  return polls;
}

/** A worker asks at a node, gets nothing, and is gone. */
function ask(polls: RecentPolls, clientId: string | null, queues: string[] | null, workKinds: string[] | null): void {
  polls.waits({ workerId: 'w1', filter: { clientId, queues, workKinds } })();
}

const queueKind = (changes: Partial<QueueKind> = {}): QueueKind => ({
  clientId: randomUUID(),
  queue: 'mail',
  workKind: 'email.send',
  ...changes,
});

/** One job that waits in each. */
async function waiting(queueKinds: readonly QueueKind[], ageMs = 60_000): Promise<void> {
  for (const { clientId, queue, workKind } of queueKinds) {
    const id = randomUUID();
    await pool.query(
      `insert into forgerun_read.queue_counts (client_id, queue, work_kind, queued) values ($1, $2, $3, 1)`,
      [clientId, queue, workKind],
    );
    await pool.query(`insert into forgerun_read.ready_jobs values ($1, $2, $3, $4, 5, 1, 1)`, [
      id,
      clientId,
      queue,
      workKind,
    ]);
    await pool.query(
      `insert into forgerun_read.jobs (job_id, client_id, type, work_kind, queue, priority, state, attempt, max_attempts,
         tags, created_at, updated_at, queued_at, revision, created_position)
       values ($1, $2, 'EXECUTE', $4, $3, 5, 'QUEUED', 1, 4, '{}', now(), now(),
         clock_timestamp() - $5 * interval '1 millisecond', 1, 1)`,
      [id, clientId, queue, workKind, ageMs],
    );
  }
}

const age = (ms: number) =>
  pool.query(`update forgerun_engine.recent_polls set asked_at = asked_at - $1 * interval '1 millisecond'`, [ms]);

const namesOf = (queueKinds: readonly UnattendedQueueKind[]): string[] =>
  queueKinds.map(({ queue, workKind }) => `${queue} ${workKind}`).sort();

describe('what was asked for at one node', () => {
  it('is known at every node for half a minute, and at no other client', async () => {
    const [here, there] = [node(), node()];
    const wanted = queueKind();
    ask(here, wanted.clientId, ['mail', 'print'], null);
    expect(await here.isAskedFor(wanted)).toBe(true);
    expect(await there.isAskedFor(wanted)).toBe(false);
    expect(await here.flush()).toBe(true);
    expect(await there.isAskedFor(wanted)).toBe(true);
    expect(await there.isAskedFor({ ...wanted, workKind: 'any.kind' })).toBe(true);
    expect(await there.isAskedFor({ ...wanted, queue: 'default' })).toBe(false);
    expect(await there.isAskedFor({ ...wanted, clientId: randomUUID() })).toBe(false);
    await age(31_000);
    expect(await there.isAskedFor(wanted)).toBe(false);
  });

  it.each<[string, string[] | null, string[] | null]>([
    ['anything', null, null],
    ['a queue', ['mail', 'print'], null],
    ['a kind', null, ['email.send', 'email.read']],
    ['a kind in a queue', ['mail', 'print'], ['email.send', 'email.read']],
    [
      'many kinds in many queues',
      ['mail', ...Array.from({ length: 60 }, (_, n) => `q${n}`)],
      ['email.send', ...Array.from({ length: 60 }, (_, n) => `kind.k${n}`)],
    ],
  ])('is told from what was not, where it was %s', async (_what, queues, workKinds) => {
    const here = node();
    const wanted = queueKind();
    ask(here, wanted.clientId, queues, workKinds);
    await here.flush();
    for (const polls of [here, node()]) {
      expect(await polls.isAskedFor(wanted)).toBe(true);
      expect(await polls.isAskedFor({ ...wanted, queue: 'other' })).toBe(queues === null);
      expect(await polls.isAskedFor({ ...wanted, workKind: 'other.kind' })).toBe(workKinds === null);
    }
  });

  it('is written again while a request waits, and once a worker asks anew', async () => {
    let now = 0;
    const polls = node(() => now);
    const wanted = queueKind();
    const filter = { clientId: wanted.clientId, queues: null, workKinds: [wanted.workKind] };
    const end = polls.waits({ workerId: 'w1', filter });
    await polls.flush();
    await age(31_000);
    now += 40_000;
    expect(await node().isAskedFor(wanted)).toBe(false);
    await polls.flush();
    expect(await node().isAskedFor(wanted)).toBe(true);
    end();
    now += 31_000;
    await age(31_000);
    await polls.flush();
    expect(await polls.isAskedFor(wanted)).toBe(false);
  });

  it('counts for as long as the worker that asked speaks of a job that it runs', async () => {
    let now = 0;
    const polls = node(() => now);
    const wanted = queueKind();
    ask(polls, wanted.clientId, null, [wanted.workKind]);
    now += 31_000;
    expect(await polls.isAskedFor(wanted)).toBe(false);
    polls.saw('w2', wanted.clientId);
    expect(await polls.isAskedFor(wanted)).toBe(false);
    polls.saw('w1', wanted.clientId);
    expect(await polls.isAskedFor(wanted)).toBe(true);
  });

  it('tells nothing of built-in kinds, which only the engine itself asks for', async () => {
    const polls = node();
    const wanted = queueKind({ workKind: 'HTTP_REQUEST' });
    ask(polls, wanted.clientId, null, null);
    expect(await polls.isAskedFor(wanted)).toBe(false);
    await polls.flush();
    expect(await node().isAskedFor(wanted)).toBe(false);
    ask(polls, null, null, ['HTTP_REQUEST']);
    expect(await polls.isAskedFor(wanted)).toBe(true);
    await polls.flush();
    expect(await node().isAskedFor(wanted)).toBe(true);
  });

  it('is remembered within bounds, the newest', async () => {
    const polls = node();
    const wanted = queueKind();
    const names = Array.from({ length: 1_001 }, (_, n) => `q${n}`);
    for (const name of names) ask(polls, wanted.clientId, [name], null);
    await polls.flush();
    const { rows } = await pool.query('select count(*)::int as n from forgerun_engine.recent_polls');
    expect(rows).toEqual([{ n: 1_000 }]);
    expect(await polls.isAskedFor({ ...wanted, queue: 'q0' })).toBe(false);
    expect(await polls.isAskedFor({ ...wanted, queue: 'q1000' })).toBe(true);
  });
});

describe('jobs that no worker asks for', () => {
  it('are those that have waited for half a minute in a queue that flows', async () => {
    const { clientId } = queueKind();
    const asked = queueKind({ clientId, queue: 'asked' });
    const paused = queueKind({ clientId, queue: 'paused' });
    const held = queueKind({ clientId, queue: 'held' });
    await waiting([queueKind({ clientId }), queueKind({ clientId, workKind: 'HTTP_REQUEST' }), asked, paused, held]);
    await waiting([queueKind({ clientId, queue: 'young' })], 20_000);
    await pool.query(`insert into forgerun_read.queue_pauses values ($1, 'paused', now())`, [clientId]);
    await pool.query(`update forgerun_read.queue_counts set running = 1 where queue = 'held'`);
    const polls = node();
    ask(polls, clientId, ['asked'], null);
    await polls.flush();
    expect(namesOf(await unattendedQueueKinds(pool))).toEqual(['mail HTTP_REQUEST', 'mail email.send']);
  });

  it('are told of every client, however many another has', async () => {
    const noisy = randomUUID();
    const victim = queueKind();
    await waiting([...Array.from({ length: 120 }, (_, n) => queueKind({ clientId: noisy, queue: `q${n}` })), victim]);
    const found = await unattendedQueueKinds(pool);
    expect(found).toHaveLength(101);
    expect(found.slice(0, 2).map(({ clientId }) => clientId)).toContain(victim.clientId);
  });

  it('are told once, until a worker asks for them again', async () => {
    const [first, second] = [queueKind(), queueKind({ queue: 'print' })];
    const told: string[] = [];
    const polls = node();
    const watch = new NoWorkerWatch({
      pool,
      polls,
      noWorker: ({ queue }) => told.push(queue),
      failed: unheard,
      blindMs: 0,
    });
    await waiting([first]);
    await watch.look();
    await watch.look();
    expect(told).toEqual(['mail']);
    await waiting([second]);
    // What has gone away unasked and comes back is known already.
    await pool.query(`update forgerun_read.queue_counts set queued = 0 where queue = 'mail'`);
    await watch.look();
    await pool.query(`update forgerun_read.queue_counts set queued = 1 where queue = 'mail'`);
    await watch.look();
    expect(told).toEqual(['mail', 'print']);
    ask(polls, first.clientId, null, null);
    await watch.look();
    expect(watch.trouble).toMatch(
      /^no worker asks for email\.send in the queue print \(a job has been waiting since \S+Z\)$/,
    );
    await pool.query('truncate forgerun_engine.recent_polls');
    await watch.look();
    expect(told).toEqual(['mail', 'print', 'mail']);
  });

  it('are named up to five, and not at all while this node has not seen for long enough what is asked for', async () => {
    let now = 0;
    let canWrite = true;
    const watch = new NoWorkerWatch({
      pool,
      polls: { flush: () => Promise.resolve(canWrite) },
      noWorker: () => undefined,
      failed: unheard,
      monotonicNow: () => now,
    });
    await waiting(Array.from({ length: 7 }, (_, n) => queueKind({ queue: `q${n}` })));
    const look = async (at: number): Promise<string | null> => {
      now = at;
      await watch.look();
      return watch.trouble;
    };
    expect(await look(29_000)).toBeNull();
    expect(await look(30_000)).toMatch(/^no worker asks for (email\.send [^,]*, ){5}and 2 more$/);
    canWrite = false;
    expect(await look(40_000)).toBeNull();
    canWrite = true;
    expect(await look(69_000)).toBeNull();
    expect(await look(70_000)).not.toBeNull();
  });
});
