import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import pg from 'pg';
import { CommandTypes } from '../../src/engine/sagas/command-types.js';
import { CommandSender, type TimerAnswer } from '../../src/engine/timers/command-sender.js';
import { TimerAlarm } from '../../src/engine/timers/timer-alarm.js';
import { TimerRunner } from '../../src/engine/timers/timer-runner.js';
import { LeaseDesk } from '../../src/jobs/dispatch/lease-desk.js';
import { type LeasedJob } from '../../src/jobs/dispatch/lease-request.js';
import { Command } from '../../src/kernel/message.js';
import { openQueuePool } from '../../src/platform/postgres/keyed-pools.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { syntheticKinds } from '../../src/kernel/work-kinds.js';
import { type Api } from '../support/api.js';
import { type Engine, startEngine } from '../support/engine.js';
import { itemsIn, plainJob, submitted, whenIn } from './jobs.rig.js';

/**
 * Of the next hundred grants of each thing that clients share, each client that wants some gets its share, whatever
 * another does: counted, not timed.
 */
const grants = 100;

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
    engine = await startEngine({ env: { FORGERUN_ROLES: 'api,projector,saga', FORGERUN_LEASE_MS: '600000' } });
    noise = await engine.api.newClient();
    victim = await engine.api.newClient();
  }, 240_000);
  afterAll(() => engine.stop());

  it('go to each client in turn, whatever priority and place one gives its jobs', async () => {
    const slots = 8;
    const source = engine.house.leasesFor('built-in:shares', slots);
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

describe('jobs that take long', () => {
  let engine: Engine | null = null;
  afterEach(async () => {
    await engine?.stop();
    engine = null;
  });

  it('keep no slot from a client that has none, however many there are', async () => {
    engine = await startEngine({ env: { FORGERUN_SYNTHETIC_TIME_SCALE: '1', FORGERUN_SHUTDOWN_MS: '1000' } });
    const noise = await engine.api.newClient();
    const victim = await engine.api.newClient();
    const long = await submitMany(noise, 16, { work_kind: 'RUNS_LONG', priority: 0 });
    await noise.api.until('/v1/jobs?state=RUNNING', (answer) => itemsIn(answer).length >= 6);
    const event = { type: 'EMIT_EVENT', work_kind: undefined, payload: { event_name: 'order.paid', data: 1 } };
    const quick = await submitted(victim.api, { ...event, priority: 9 });
    await whenIn(victim.api, quick, 'SUCCEEDED');
    expect(itemsIn(await noise.api.get('/v1/jobs?state=RUNNING&limit=200'))).toHaveLength(6);
    expect(long).toHaveLength(16);
  }, 240_000);
});

describe('attempts to deliver', () => {
  let engine: Engine;
  let noise: Tenant;
  let victim: Tenant;
  let receiver: SlowReceiver;
  beforeAll(async () => {
    receiver = await SlowReceiver.open();
    engine = await startEngine({
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
    await pool.query('DELETE FROM forgerun_engine.timers');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const arm = (count: number, clientOf: (n: number) => string): Promise<unknown> => {
    const numbers = Array.from({ length: count }, (_, n) => n);
    return pool.query(
      `INSERT INTO forgerun_engine.timers
         (timer_id, client_id, saga, subject, due_at, command_id, command_type, command, cause, position)
       SELECT gen_random_uuid(), client, 'test', 'x', clock_timestamp() - n * interval '1 millisecond',
         gen_random_uuid(), 'Fire', json_build_object('clientId', client), '{}', 1
       FROM unnest($1::uuid[], $2::int[]) AS u (client, n)`,
      [numbers.map(clientOf), numbers],
    );
  };
  /** Fires what is due; `answer` may keep a command waiting. */
  const fire = (answer: (clientId: string) => Promise<void> = () => Promise.resolve()): Fired => {
    const fired = new Fired(answer);
    const types = new CommandTypes([Fire]);
    runner = new TimerRunner({ pool, clock: new StillClock(0), sender: fired, types, alarm });
    runner.start();
    return fired;
  };
  const alarm = new TimerAlarm();

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

  it('of a client that has none under way wait for none of another', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await arm(5_000, () => noise);
    const fired = fire((client) => (client === noise ? released : Promise.resolve()));
    // All that may be under way of one client, and held up.
    await fired.until((all) => all.length >= 128);
    await arm(1, () => victim);
    alarm.set(0);
    const { clients } = await fired.until((all) => all.includes(victim));
    expect(clients.filter((client) => client === noise)).toHaveLength(128);
    release();
  }, 240_000);
});

describe('waiting requests for leases', () => {
  const ask = (desk: LeaseDesk, clientId: string): Promise<readonly LeasedJob[]> =>
    desk.request({
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
    const desk = new LeaseDesk(nothing);
    const sentHome: string[] = [];
    const refused: string[] = [];
    const wait = (client: string): void => {
      ask(desk, client).then(
        () => sentHome.push(client),
        () => refused.push(client),
      );
    };
    try {
      for (const noise of ['a', 'b', 'c', 'd']) for (let n = 0; n < 3_000; n += 1) wait(`noise ${noise}`);
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
      desk.close();
      await turn();
    }
  });
});

describe('connections to the database', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ env: { FORGERUN_ROLES: 'api,projector,saga' } });
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
      await locker.query('LOCK TABLE forgerun_read.webhooks IN ACCESS EXCLUSIVE MODE');
      for (let n = 0; n < grants; n += 1)
        slow.push(
          noise.api.get('/v1/webhooks').then(() => {
            answered += 1;
          }),
        );
      await waitFor(
        watcher,
        `SELECT count(*) >= 7 AS holds FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
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

async function waitFor(client: pg.Client, sql: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ holds: boolean }>(sql);
    if (rows[0]?.holds === true) return;
  }
}

class Fire extends Command {
  readonly type = 'Fire';
  constructor(readonly clientId: string) {
    super();
  }
}

/** Whose commands were sent, in order. */
class Fired extends CommandSender {
  readonly clients: string[] = [];
  #hears: () => void = () => undefined;

  constructor(private readonly answer: (clientId: string) => Promise<void>) {
    super();
  }

  async send(command: Fire): Promise<TimerAnswer> {
    this.clients.push(command.clientId);
    this.#hears();
    await this.answer(command.clientId);
    return 'done';
  }

  async until(holds: (clients: readonly string[]) => boolean): Promise<this> {
    while (!holds(this.clients))
      await new Promise<void>((resolve) => {
        this.#hears = resolve;
      });
    return this;
  }
}

/** Keeps every request waiting until it is told to answer. */
class SlowReceiver {
  /** The first part of each request's path, in the order in which they came. */
  readonly arrived: string[] = [];
  readonly #waiting: ServerResponse[] = [];
  #hears: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('request', (request, response) => {
      request.resume();
      this.arrived.push(request.url?.split('/')[1] ?? '');
      this.#waiting.push(response);
      this.#hears();
    });
  }

  static async open(): Promise<SlowReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SlowReceiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** Resolves once what has arrived is what the test wants. */
  async until(holds: (arrived: readonly string[]) => boolean): Promise<void> {
    while (!holds(this.arrived))
      await new Promise<void>((resolve) => {
        this.#hears = resolve;
      });
  }

  answerOldest(): void {
    this.#waiting.shift()?.writeHead(204).end();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
