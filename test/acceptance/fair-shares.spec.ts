import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionContext } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import pg from 'pg';
import { NEVER } from 'rxjs';
import { CommandTypes } from '../../src/engine/sagas/command-types.js';
import { type Send } from '../../src/engine/timers/fire.js';
import { TimerSignal } from '../../src/engine/timers/timer-signal.js';
import { TimerRunner } from '../../src/engine/timers/timer-runner.js';
import { Capacity } from '../../src/jobs/commands/capacity.js';
import { QueueFull } from '../../src/jobs/domain/job.refusals.js';
import { LeaseWaiters } from '../../src/jobs/leasing/lease-waiters.js';
import { type LeasedJob, type LeaseRequest } from '../../src/jobs/leasing/lease-request.js';
import { SystemNames } from '../../src/platform/egress/system-names.js';
import { Drain } from '../../src/platform/http/drain.js';
import { type KeyWatch } from '../../src/platform/http/key-watch.js';
import { RequestTurnsGuard } from '../../src/platform/http/request-turns.guard.js';
import { ServerSentEvents, TooManyStreams } from '../../src/platform/http/server-sent-events.js';
import { openQueuePool } from '../../src/platform/postgres/keyed-pools.js';
import { DeliveryPlanner } from '../../src/webhooks/sending/delivery-planner.js';
import { DeliveryQueue, noClient } from '../../src/webhooks/sending/delivery-queue.js';
import { FanOut, maxDuePerWebhook } from '../../src/webhooks/sending/fan-out.js';
import { Replays } from '../../src/webhooks/sending/replays.js';
import { NameServer } from '../support/name-server.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { clientOf } from '../../src/kernel/client-of.js';
import { syntheticKinds } from '../../src/kernel/work-kinds.js';
import { type Api } from '../support/api.js';
import { type Engine, startTestEngine } from '../support/engine.js';
import { withLogOn } from '../support/event-store-under-test.js';
import { appendTo, newCategory, newEvent } from '../conformance/event-store.cases.js';
import {
  Fire,
  Fired,
  NoJobsCounted,
  ReadPages,
  SlowReceiver,
  TakenDeliveries,
  waitFor,
} from './fair-shares.fixture.js';
import { itemsIn, plainJob, submitted, whenIn } from './jobs.fixture.js';
import { SharedLoop } from '../../src/platform/async/shared-loop.js';

/**
 * Of the next hundred grants of each thing that clients share, each client that wants some gets its share, whatever
 * another does: counted, not timed.
 */
const grants = 100;

/** Reads one page of past events, and says whether there was one to read. */
async function readSome(replays: Replays): Promise<boolean> {
  const begun = await replays.beginNext();
  await begun?.page;
  return begun !== null;
}

interface Tenant {
  readonly api: Api;
  readonly clientId: string;
}

/** Submits many jobs at once and gives their ids. */
async function submitMany({ api }: Tenant, count: number, changes: object): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 500) {
    const jobs = Array.from({ length: Math.min(left, 500) }, () => ({ type: 'EXECUTE', ...changes }));
    const answer = await api.post('/v1/jobs/batch', { jobs });
    expect(answer.status).toBe(200);
    for (const item of itemsIn(answer)) ids.push(String(item['job_id']));
  }
  return ids;
}

describe('slots of the built-in worker', () => {
  let engine: Engine;
  let noise: Tenant;
  let victim: Tenant;
  beforeAll(async () => {
    engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_LEASE_MS: '600000' } });
    noise = await engine.api.newClient();
    victim = await engine.api.newClient();
  }, 240_000);
  afterAll(() => engine.stop());

  it('go to each client in turn, whatever priority and place one gives its jobs', async () => {
    const slots = 8;
    const source = engine.running.leasesFor('built-in:shares', slots);
    const noisy = new Set(await submitMany(noise, 200, { work_kind: 'SUCCESS_FAST', priority: 0 }));
    const held: { readonly leaseId: string; readonly isNoise: boolean }[] = [];
    const heldByNoise = (): number => held.filter(({ isNoise }) => isNoise).length;
    const fill = async (waitMs: number): Promise<number> => {
      const asked = { workerId: 'w1', workKinds: syntheticKinds, maxJobs: slots - held.length, waitMs, start: true };
      const leases = await source.lease(asked, new AbortController().signal);
      for (const { leaseId, jobId } of leases) held.push({ leaseId, isNoise: noisy.has(jobId) });
      return leases.length;
    };
    while ((await fill(held.length === 0 ? 10_000 : 300)) > 0);
    // Alone, it has what others leave free, and others find something.
    expect(heldByNoise()).toBe(6);

    await submitMany(victim, 100, { work_kind: 'SUCCESS_FAST', priority: 9 });
    let granted = 0;
    let toVictim = 0;
    while (granted < grants) {
      const before = heldByNoise();
      const count = await fill(held.length < 6 ? 10_000 : 300);
      granted += count;
      toVictim += count - (heldByNoise() - before);
      // No slot is ended for the client's sake: they end in the order in which they began.
      const [first] = held.splice(0, 1);
      if (first !== undefined) {
        await source.complete(first.leaseId, null);
        source.freed?.(first.leaseId);
      }
    }
    expect(toVictim).toBeGreaterThanOrEqual(grants / 2 - slots);
  }, 240_000);
});

describe('slots that are fewer than the clients', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_LEASE_MS: '600000' } });
  }, 240_000);
  afterAll(() => engine.stop());

  it('go round among them, whatever came first', async () => {
    const clientOf = new Map<string, number>();
    const clients = 12;
    for (let client = 0; client < clients; client += 1)
      for (const id of await submitMany(await engine.api.newClient(), grants, { work_kind: 'SUCCESS_FAST' }))
        clientOf.set(id, client);
    const source = engine.running.leasesFor('built-in:round', 8);
    const granted: number[] = [];
    const held: string[] = [];
    while (granted.length < grants) {
      const asked = {
        workerId: 'w1',
        workKinds: syntheticKinds,
        maxJobs: 8 - held.length,
        waitMs: 10_000,
        start: true,
      };
      for (const { leaseId, jobId } of await source.lease(asked, new AbortController().signal)) {
        held.push(leaseId);
        granted.push(clientOf.get(jobId) ?? -1);
      }
      for (const leaseId of held.splice(0, Math.max(1, held.length - 4))) {
        await source.complete(leaseId, null);
        source.freed?.(leaseId);
      }
    }
    const share = Math.floor(grants / clients);
    for (let client = 0; client < clients; client += 1)
      expect(granted.filter((each) => each === client).length).toBeGreaterThanOrEqual(share - 2);
  }, 240_000);
});

describe('jobs that take long', () => {
  let engine: Engine | null = null;
  afterEach(async () => {
    await engine?.stop();
    engine = null;
  });

  it('of however many clients keep no slot from a client whose job is over soon', async () => {
    engine = await startTestEngine({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1', FORGERUN_SHUTDOWN_MS: '1000' } });
    const running = async (api: Api): Promise<number> =>
      itemsIn(await api.get('/v1/jobs?state=RUNNING&limit=200')).length;
    const noises: Tenant[] = [];
    // Alone it gets the most; those that come after it find a slot each, and the last one of all is not for such jobs.
    for (const slots of [5, 1, 1]) {
      const noise = await engine.api.newClient();
      noises.push(noise);
      await submitMany(noise, 16, { work_kind: 'RUNS_LONG', priority: 0 });
      await noise.api.until('/v1/jobs?state=RUNNING', (answer) => itemsIn(answer).length >= slots);
    }
    const victim = await engine.api.newClient();
    const event = { type: 'EMIT_EVENT', work_kind: undefined, payload: { event_name: 'order.paid', data: 1 } };
    for (let n = 0; n < 3; n += 1)
      await whenIn(victim.api, await submitted(victim.api, { ...event, priority: 9 }), 'SUCCEEDED');
    expect(await Promise.all(noises.map(({ api }) => running(api)))).toEqual([5, 1, 1]);
  }, 240_000);
});

describe('attempts to deliver', () => {
  let engine: Engine;
  let noise: Tenant;
  let victim: Tenant;
  let receiver: SlowReceiver;
  beforeAll(async () => {
    receiver = await SlowReceiver.open();
    engine = await startTestEngine({
      env: { FORGERUN_EGRESS_ALLOW: '127.0.0.0/8', FORGERUN_WEBHOOK_TIMEOUT_MS: '60000', FORGERUN_SHUTDOWN_MS: '1000' },
    });
    noise = await engine.api.newClient();
    victim = await engine.api.newClient();
  }, 240_000);
  afterAll(async () => {
    await receiver.close();
    await engine.stop();
  });

  const listen = async ({ api }: Tenant, name: string, count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const wish = { url: `${receiver.url}/${name}/${n}`, events: ['job.created'] };
      expect((await api.post('/v1/webhooks', wish)).status).toBe(201);
    }
  };

  it('are begun for each client in turn, however many slow receivers one has', async () => {
    await listen(noise, 'noise', 40);
    await listen(victim, 'victim', 5);
    await submitMany(noise, 30, plainJob);
    // Three quarters of all there are, and no more while nothing ends.
    await receiver.until(({ length }) => length >= 192);
    await submitMany(victim, 30, plainJob);
    await receiver.until((arrived) => arrived.includes('victim'));
    expect(receiver.arrived.filter((name) => name === 'noise')).toHaveLength(192);
    const before = receiver.arrived.length;
    while (receiver.arrived.length < before + grants) {
      receiver.answerOldest();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const next = receiver.arrived.slice(before, before + grants);
    expect(next.filter((name) => name === 'victim').length).toBeGreaterThanOrEqual(grants / 2);
  }, 240_000);

  it('wait for no event that another client has two hundred webhooks for', async () => {
    const [crowd, lone] = [await engine.api.newClient(), await engine.api.newClient()];
    await listen(lone, 'lone', 1);
    await listen(crowd, 'crowd', 200);
    await submitMany(crowd, 1_000, plainJob);
    await submitMany(lone, 1, plainJob);
    await receiver.until((arrived) => {
      receiver.answerOldest();
      return arrived.includes('lone');
    });
    const database = new pg.Client({ connectionString: engine.database.connectionString });
    await database.connect();
    const { rows } = await database.query<{ written: number }>(
      'select count(*)::int as written from forgerun_read.deliveries where client_id = $1',
      [crowd.clientId],
    );
    await database.end();
    expect(rows[0]?.written).toBeLessThanOrEqual(200 * maxDuePerWebhook);
  }, 240_000);
});

describe('timers that are due', () => {
  const [noise, victim] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
  let database: TestDatabase;
  let pool: pg.Pool;
  let runner: TimerRunner | null = null;
  beforeAll(async () => {
    database = await testDatabase();
    pool = openQueuePool({
      connectionString: database.connectionString,
      name: 'timers',
      max: 4,
      onError: () => undefined,
      statementTimeoutMs: 20_000,
    });
  }, 240_000);
  afterEach(async () => {
    await runner?.stop();
    runner = null;
    await pool.query('delete from forgerun_engine.timers');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const arm = (count: number, clientOf: (n: number) => string): Promise<unknown> => {
    const numbers = Array.from({ length: count }, (_, n) => n);
    return pool.query(
      `insert into forgerun_engine.timers
         (timer_id, client_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       select gen_random_uuid(), client, 'test', 'x', clock_timestamp() - n * interval '1 millisecond',
         gen_random_uuid(), 'Fire', json_build_object('clientId', client), '{}', 1
       from unnest($1::uuid[], $2::int[]) as u (client, n)`,
      [numbers.map(clientOf), numbers],
    );
  };
  /** Fires what is due; `answer` may keep a command waiting. */
  const fire = (answer: (clientId: string) => Promise<void> = () => Promise.resolve()): Fired => {
    const fired = new Fired(answer);
    const types = new CommandTypes([Fire]);
    // What is kept waiting stays under way, however busy the machine is.
    const sendTimeoutMs = 200_000;
    const send: Send = (command) => fired.send(command);
    runner = new TimerRunner({ pool, clock: new StillClock(0), send, types, timerSignal, sendTimeoutMs });
    runner.start();
    return fired;
  };
  const timerSignal = new TimerSignal();

  it('are fired for each client in turn, however many of one are due before', async () => {
    await arm(5_000, () => noise);
    await arm(grants, () => victim);
    const { clients } = await fire().until((all) => all.length >= grants);
    expect(clients.slice(0, grants).filter((client) => client === victim).length).toBeGreaterThanOrEqual(
      grants / 2 - 1,
    );
  }, 240_000);

  it('are fired for a thousand clients before the many of one', async () => {
    await arm(5_000, () => noise);
    await arm(1_000, (n) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`);
    const { clients } = await fire().until((all) => new Set(all).size > 1_000);
    expect(clients.filter((client) => client === noise).length).toBeLessThanOrEqual(2 * grants);
  }, 240_000);

  // How many of it become due, one after the other, and how many are then under way and held up.
  const few = [
    { due: 64, underWay: 64 },
    { due: 64, underWay: 128 },
    { due: 5, underWay: 128 },
  ];
  const many = [{ due: 700, underWay: 128 }];
  it.each([
    ['few', few],
    ['many', many],
  ])(
    'of a client that has none under way wait for none of another that has %s',
    async (_name, parts) => {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const fired = fire((client) => (client === noise ? released : Promise.resolve()));
      const ofNoise = (): number => fired.clients.filter((client) => client === noise).length;
      try {
        for (const { due, underWay } of parts) {
          await arm(due, () => noise);
          timerSignal.set(0);
          await fired.until(() => ofNoise() >= underWay);
        }
        await arm(1, () => victim);
        // Each look at what is due ends with its connection given back. The first may be from before the victim's was there.
        let looks = 0;
        pool.on('release', () => {
          looks += 1;
          fired.look();
        });
        timerSignal.set(0);
        await fired.until((all) => all.includes(victim) || ofNoise() > 128 || looks >= 3);
        expect(fired.clients).toContain(victim);
        expect(ofNoise()).toBe(128);
      } finally {
        pool.removeAllListeners('release');
        release();
      }
    },
    240_000,
  );
});

describe('waiting requests for leases', () => {
  const ask = (waiters: LeaseWaiters, clientId: string): Promise<readonly LeasedJob[]> =>
    waiters.request({
      filter: { clientId, queues: null, workKinds: null },
      workerId: 'w1',
      most: 1,
      waitMs: 30_000,
      leaseMs: 1_000,
      start: false,
      cause: { commandId: 'x', actor: 'worker:w1', correlationId: null, causationId: null, traceparent: null },
      signal: new AbortController().signal,
    });
  const nothing = { grant: () => Promise.resolve({ leased: [], taken: 0, pausesMs: [] }) };
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });

  it('of one client leave places for those of others, and give theirs back where they have more', async () => {
    const waiters = new LeaseWaiters(nothing);
    const sentHome: string[] = [];
    const refused: string[] = [];
    const wait = (client: string): void => {
      ask(waiters, client).then(
        () => sentHome.push(client),
        () => refused.push(client),
      );
    };
    try {
      for (let n = 0; n < 3_000; n += 1) wait('noise a');
      await turn();
      expect(refused).toHaveLength(500);
      for (const noise of ['b', 'c', 'd']) for (let n = 0; n < 3_000; n += 1) wait(`noise ${noise}`);
      await turn();
      expect(refused).toHaveLength(2_000);
      // The node is full, and still each of the next hundred is let in.
      for (let n = 0; n < grants; n += 1) wait('victim');
      await turn();
      await turn();
      expect(refused).not.toContain('victim');
      expect(sentHome).toHaveLength(grants);
      expect(sentHome).not.toContain('victim');
    } finally {
      waiters.close();
      await turn();
    }
  });
});

describe('connections to the database', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startTestEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
  }, 240_000);
  afterAll(() => engine.stop());

  it('are not all kept by one client whose reads take long', async () => {
    const noise = await engine.api.newClient();
    const victim = await engine.api.newClient();
    await noise.api.post('/v1/webhooks', { url: 'https://example.com/', events: ['*'] });
    expect((await noise.api.get('/v1/webhooks')).status).toBe(200);
    const locker = new pg.Client({ connectionString: engine.database.connectionString });
    // What is seen of other connections stays the same for the length of a transaction.
    const watcher = new pg.Client({ connectionString: engine.database.connectionString });
    await Promise.all([locker.connect(), watcher.connect()]);
    let answered = 0;
    const slow: Promise<unknown>[] = [];
    try {
      await locker.query('BEGIN');
      await locker.query('lock table forgerun_read.webhooks in ACCESS EXCLUSIVE MODE');
      for (let n = 0; n < grants; n += 1)
        slow.push(
          noise.api.get('/v1/webhooks').then(() => {
            answered += 1;
          }),
        );
      await waitFor(
        watcher,
        `select count(*) >= 7 as holds from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect((await victim.api.get('/v1/schedules')).status).toBe(200);
      expect(answered).toBe(0);
    } finally {
      await locker.query('ROLLBACK');
      await Promise.all([locker.end(), watcher.end()]);
      await Promise.all(slow);
    }
  }, 240_000);
});

describe('what clients share in tables', () => {
  const [noise, victim] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
  let database: TestDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await testDatabase();
    pool = poolAt(database.connectionString, 2);
  }, 240_000);
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const deliver = (client: string, from: number, count: number): Promise<unknown> =>
    pool.query(
      `insert into forgerun_engine.deliveries (listener_id, event_id, lane, client_id, kind, event_name, position, due_at)
       select gen_random_uuid(), gen_random_uuid(), 'lane', $1, 'job', 'job.created', n, clock_timestamp()
       from generate_series($2::int, $2::int + $3::int - 1) as n`,
      [client, from, count],
    );
  const replay = (client: string, doneTo: number, count: number): Promise<unknown> =>
    pool.query(
      `insert into forgerun_engine.replays
         (replay_id, webhook_id, client_id, filters, from_at, to_at, asked_at, done_to, until)
       select gen_random_uuid(), gen_random_uuid(), $1, '{*}', now(), now(), now(), $2, 1000 + n
       from generate_series(1, $3::int) as n`,
      [client, doneTo, count],
    );

  /** As the follower writes them, for webhooks that each want every event. */
  const fanOut = async (client: string, webhooks: number, events: number): Promise<void> => {
    await pool.query(
      `with registered as (
         insert into forgerun_engine.webhook_spans (webhook_id, client_id, filters, since)
         select gen_random_uuid(), $1, '{*}', 0 from generate_series(1, $2::int) returning webhook_id
       ), waiting as (
         insert into forgerun_engine.fan_out_events (client_id, event_id, kind, event_name, filters, position, due_at)
         select $1, gen_random_uuid(), 'job', 'job.created', '{*}', n, clock_timestamp()
           from generate_series(1, $3::int) as n returning place
       )
       insert into forgerun_engine.fan_outs (webhook_id, client_id, done_to, until)
       select webhook_id, $1, (select min(place) from waiting) - 1, (select max(place) from waiting) from registered`,
      [client, webhooks, events],
    );
  };
  const planned = async (client: string): Promise<number> => {
    const { rows } = await pool.query<{ planned: number }>(
      'select count(*)::int as planned from forgerun_engine.deliveries where planned and client_id = $1',
      [client],
    );
    return rows[0]?.planned ?? 0;
  };

  it('are events that webhooks wait for: of each client some, however many webhooks and events another has', async () => {
    await fanOut(noise, 200, 1_000);
    await fanOut(victim, grants / 2, 2);
    const taken = new TakenDeliveries();
    const planner = (): DeliveryPlanner =>
      new DeliveryPlanner(new DeliveryQueue(pool), new FanOut(pool), taken.streams, new SharedLoop());
    const beside = planner();
    while (taken.clients.length < 2 * grants) await beside.planSome();
    // Half of each batch.
    const toVictim = taken.clients.slice(0, 2 * grants).filter((client) => client === victim).length;
    expect(toVictim).toBeGreaterThanOrEqual(grants - 16);
    // No faster than deliveries go out, whose number is the receivers' affair.
    while (await beside.planSome());
    const alone = planner();
    while (await alone.planSome());
    expect([await planned(noise), alone.isHeldBack]).toEqual([200 * maxDuePerWebhook, true]);
    await pool.query('delete from forgerun_engine.deliveries where client_id = $1', [noise]);
    await alone.planSome();
    expect(await planned(noise)).toBeGreaterThan(0);
    await pool.query('delete from forgerun_engine.deliveries');
    await pool.query('delete from forgerun_engine.fan_outs');
  }, 240_000);

  it('are events that webhooks wait for: planned by two nodes at once, each comes into the queue once', async () => {
    await fanOut(victim, 1, 3);
    const [first, second] = [new FanOut(pool), new FanOut(pool)];
    const found = [await first.next(500, noClient, 50), await second.next(500, noClient, 50)];
    await first.record(found[0] ?? []);
    expect(await planned(victim)).toBe(3);
    // They have gone out and ended, before the other node comes to say so.
    await pool.query('delete from forgerun_engine.deliveries');
    await second.record(found[1] ?? []);
    expect(await planned(victim)).toBe(0);
    // Also where another webhook still waits for the same events.
    await fanOut(noise, 2, 3);
    const again = await first.next(2, noClient, 2);
    await first.record(again);
    await pool.query('delete from forgerun_engine.deliveries');
    await second.record(again.slice(0, 1));
    expect([again.length, await planned(noise), (await second.next(500, noClient, 50)).length]).toEqual([2, 0, 4]);
    await pool.query('delete from forgerun_engine.fan_outs');
  }, 240_000);

  it('are deliveries to be planned: of each client some, however many came before', async () => {
    await deliver(noise, 0, 5_000);
    await deliver(victim, 10_000, grants);
    const taken = new TakenDeliveries();
    const planner = new DeliveryPlanner(new DeliveryQueue(pool), new FanOut(pool), taken.streams, new SharedLoop());
    while (taken.clients.length < 2 * grants) await planner.planSome();
    // Half of each batch.
    const toVictim = taken.clients.slice(0, 2 * grants).filter((client) => client === victim).length;
    expect(toVictim).toBeGreaterThanOrEqual(grants - 16);
  }, 240_000);

  it('are replays: each client has a page of the log in its turn, however many it asked for', async () => {
    await replay(noise, 1, 500);
    await replay(victim, 2, grants);
    const pages = new ReadPages();
    const replays = new Replays(pool, pages, new TakenDeliveries().streams);
    for (let n = 0; n < grants; n += 1) expect(await readSome(replays)).toBe(true);
    expect(pages.positions.filter((position) => position === 2n)).toHaveLength(grants / 2);
  }, 240_000);

  it('are replays: none goes on while what it has opened waits to be followed or sent', async () => {
    await pool.query('delete from forgerun_engine.replays');
    await pool.query('delete from forgerun_engine.deliveries');
    await replay(noise, 1, 1);
    const replays = new Replays(pool, new ReadPages(), new TakenDeliveries().streams);
    const hold = (sql: string): Promise<unknown> => pool.query(sql);
    await hold('update forgerun_engine.replays set opened_to = 7');
    await hold(`insert into forgerun_engine.checkpoints (name, position, version) values ('deliver-events', 6, 1)
                on conflict (name) do update set position = excluded.position`);
    expect([await readSome(replays), replays.isHeldBack]).toEqual([false, true]);
    await hold(`update forgerun_engine.checkpoints set position = 7 where name = 'deliver-events'`);
    await hold(`insert into forgerun_engine.deliveries (listener_id, event_id, lane, client_id, kind, event_name, position,
                  planned, due_at)
                select webhook_id, gen_random_uuid(), webhook_id::text, client_id, 'job', 'job.created', n, true,
                       clock_timestamp()
                  from forgerun_engine.replays, generate_series(1, ${maxDuePerWebhook}) as n`);
    expect([await readSome(replays), replays.isHeldBack]).toEqual([false, true]);
    await hold('delete from forgerun_engine.deliveries');
    expect([await readSome(replays), replays.isHeldBack]).toEqual([true, false]);
  }, 240_000);
});

describe('appends to the log', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  }, 240_000);
  afterAll(() => database.drop());

  it('are stored for each client in turn, however many of one wait', async () => {
    await withLogOn(database.connectionString, async (store) => {
      const category = newCategory();
      const append = (client: string, n: number): Promise<unknown> =>
        appendTo(store, `${category}-${client}-${n}`, 'no_stream', newEvent('Happened', { clientId: client }));
      const streams = new Map([
        ['noise', 3_000],
        ['victim', grants],
      ]);
      await Promise.all(
        [...streams].flatMap(([client, count]) => Array.from({ length: count }, (_, n) => append(client, n))),
      );
      const filter = { streamPrefixes: [`${category}-`] };
      const stored = (await store.readAll({ limit: 10_000, filter })).map(clientOf);
      const first = stored.indexOf('victim');
      // What is on its way to the store already is stored first.
      expect(first).toBeLessThanOrEqual(grants);
      const next = stored.slice(first, first + grants);
      expect(next.filter((client) => client === 'victim').length).toBeGreaterThanOrEqual(grants / 2 - 5);
    });
  }, 240_000);
});

describe('requests that arrive in one moment', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are begun a few of each client at a time, however many one has sent before', async () => {
    const guard = new RequestTurnsGuard(new SharedLoop());
    const begun: string[] = [];
    const from = (clientId: string): void => {
      const request = { caller: { clientId } };
      const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
      const passed = guard.canActivate(context);
      if (passed === true) begun.push(clientId);
      else void Promise.resolve(passed).then(() => begun.push(clientId));
    };
    for (let n = 0; n < 1_000; n += 1) from('noise');
    for (let n = 0; n < grants; n += 1) from('victim');
    while (begun.length < grants) await new Promise((resolve) => setImmediate(resolve));
    const toVictim = begun.slice(0, grants).filter((clientId) => clientId === 'victim').length;
    expect(toVictim).toBeGreaterThanOrEqual(grants / 2 - 8);
  });

  it('are answered a few of each client at a time where their waits end together', async () => {
    // By hand: a busy machine takes so long to begin all these waits that some would end well before others.
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    let served = 0;
    const grant = (_: unknown, requests: readonly unknown[]) => {
      served += requests.length;
      return Promise.resolve({ leased: [], taken: 0, pausesMs: [] });
    };
    const waiters = new LeaseWaiters({ grant });
    const answered: string[] = [];
    const wait = (clientId: string): void => {
      const filter = { clientId, queues: [], workKinds: [], slots: undefined };
      const request = { filter, most: 1, waitMs: 50, signal: new AbortController().signal };
      void waiters.request(request as unknown as LeaseRequest).then(() => answered.push(clientId));
    };
    for (let n = 0; n < 1_000; n += 1) wait('noise');
    for (let n = 0; n < grants; n += 1) wait('victim');
    while (served < 1_000 + grants) await new Promise((resolve) => setImmediate(resolve));
    jest.advanceTimersByTime(50);
    while (answered.length < grants) await new Promise((resolve) => setImmediate(resolve));
    const toVictim = answered.slice(0, grants).filter((clientId) => clientId === 'victim').length;
    expect(toVictim).toBeGreaterThanOrEqual(grants / 2 - 8);
    waiters.close();
  });
});

describe('event streams', () => {
  it('of one client leave places for those of others, and give theirs back where they have more', async () => {
    const keys = { closed: () => NEVER } as unknown as KeyWatch;
    const streams = new ServerSentEvents(new Drain(), keys);
    const reply = { header: () => reply } as unknown as FastifyReply;
    const ended: string[] = [];
    const opened: { destroy(): void }[] = [];
    const open = (clientId: string): void => {
      const request = { caller: { clientId, keyId: 'k' } } as unknown as FastifyRequest;
      const stream = streams.answer(request, reply, { wakes: NEVER, next: () => Promise.resolve([]) });
      opened.push(stream);
      stream.once('end', () => ended.push(clientId)).resume();
    };
    try {
      for (let n = 0; n < 500; n += 1) open('noise a');
      expect(() => {
        open('noise a');
      }).toThrow(TooManyStreams);
      for (const noise of ['b', 'c', 'd']) for (let n = 0; n < 500; n += 1) open(`noise ${noise}`);
      // The node is full, and still each of the next hundred is let in.
      for (let n = 0; n < grants; n += 1) open('victim');
      while (ended.length < grants) await new Promise((resolve) => setImmediate(resolve));
      expect(ended).not.toContain('victim');
    } finally {
      for (const stream of opened) stream.destroy();
    }
  });
});

describe('look-ups of names', () => {
  it('are made for each client in turn, however many of one are not answered', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'forgerun-shares-'));
    const server = await NameServer.open((name) => (name.startsWith('noise') ? 'silent' : 'absent'));
    const names = new SystemNames({
      servers: [server.address],
      hostsPath: join(folder, 'hosts'),
      resolvPath: join(folder, 'resolv.conf'),
      limits: { maxRunning: 16, maxRunningPerClient: 16, maxWaiting: 10_000, maxWaitingPerClient: 5_000 },
      lookupMs: 60_000,
      maxWaitMs: 20_000,
    });
    const ask = (clientId: string, count: number): Promise<readonly unknown[]> =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          names.resolve(`${clientId}${n}.example`, { clientId }).catch((error: unknown) => error),
        ),
      );
    try {
      void ask('noise', 1_000);
      const answers = await ask('victim', grants);
      // One that never had its turn would be a lack of this node's own.
      expect(new Set(answers.map((error) => (error as { kind?: string }).kind))).toEqual(new Set(['not_found']));
      // All that one may have under way, while nothing ends; the rest of the slots go round among the others.
      expect(new Set(server.asked.filter((name) => name.startsWith('noise'))).size).toBe(12);
    } finally {
      names.close();
      await server.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('room for unfinished jobs', () => {
  it('is left for clients that have next to none, however many one submits', async () => {
    const limits = { maxActiveJobs: grants * 100, maxQueuedJobs: grants * 100 };
    const capacity = new Capacity(limits, new NoJobsCounted(), () => undefined);
    await capacity.refresh();
    const isLetIn = (clientId: string): boolean => {
      try {
        capacity.admit(clientId, 'mail', false);
        return true;
      } catch (refusal) {
        expect(refusal).toBeInstanceOf(QueueFull);
        return false;
      }
    };
    let toNoise = 0;
    while (isLetIn('noise')) toNoise += 1;
    expect(toNoise).toBe(grants * 90);
    const next: string[] = [];
    while (next.length < grants) for (const each of ['noise', 'victim']) if (isLetIn(each)) next.push(each);
    expect(next).toEqual(Array(grants).fill('victim'));
    // A hundredth of all: what is left is for others.
    expect(isLetIn('victim')).toBe(false);
    expect(isLetIn('third')).toBe(true);
  });
});
