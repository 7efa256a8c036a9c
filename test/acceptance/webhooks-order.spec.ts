import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Pool } from 'pg';
import { Streams } from '../../src/engine/commands/streams.js';
import { type JobEvent } from '../../src/jobs/domain/job.events.js';
import { type Cause } from '../../src/kernel/message.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type EgressAnswer } from '../../src/platform/egress/egress.js';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { CreateWebhook } from '../../src/webhooks/domain/webhook.commands.js';
import { deliverEvents } from '../../src/webhooks/following/deliver-events.follower.js';
import { deliveryIdOf } from '../../src/webhooks/ids.js';
import { sealingWith } from '../support/database-settings.js';
import { SecretMaker } from '../../src/webhooks/secrets/secret-maker.js';
import { attempt, type AttemptParts } from '../../src/webhooks/sending/delivery-attempt.js';
import { DeliverySignal } from '../../src/webhooks/sending/delivery-signal.js';
import { DeliveryPlanner } from '../../src/webhooks/sending/delivery-planner.js';
import { DeliveryQueue, noClient } from '../../src/webhooks/sending/delivery-queue.js';
import { FanOut } from '../../src/webhooks/sending/fan-out.js';
import { Receivers } from '../../src/webhooks/sending/receivers.js';
import { DatabaseClock } from '../support/database-clock.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { webhookStream } from '../../src/webhooks/domain/webhook.stream.js';
import { SharedLoop } from '../../src/platform/async/shared-loop.js';

const timeoutMs = 1_000;
const holdMs = timeoutMs + 5_000;
const eventsOfJob = 4;
const key = createHash('sha256').update('a key for tests').digest();
const bytes = (count: number): Buffer => Buffer.alloc(count, 7);
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  // The senders' own clock decides: it is moved by hand, and the database's is never behind it.
  await (await DatabaseClock.of(database)).lead(365 * 86_400_000);
  pool = poolAt(database.connectionString, 8);
}, 240_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** What becomes of a request: the receiver gets it, or there is no connection, which a sender that stood still finds too. */
type Fate = 'taken' | 'refused' | 'not connected' | 'no answer';

/** A process that may die before or after anything it asks of others: then it hears nothing more, and does nothing more. */
class Mortal {
  readonly died: Promise<void>;
  #die: () => void = () => undefined;
  #steps = 0;

  constructor(private readonly diesAt: number) {
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  /** The same object, each of its calls two moments to die at. */
  mortal<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name);
        if (typeof member !== 'function') return member;
        return async (...given: unknown[]): Promise<unknown> => {
          await this.#step();
          const answer: unknown = await Reflect.apply(member as () => unknown, of, given);
          await this.#step();
          return answer;
        };
      },
    });
  }

  async #step(): Promise<void> {
    this.#steps += 1;
    if (this.#steps < this.diesAt) return;
    this.#die();
    await new Promise(() => undefined);
  }
}

/** One job's events on their way to one webhook, through senders that come and go. */
async function newWorld(fates: readonly Fate[]) {
  const clock = new StillClock(Date.now());
  const store = new MemoryEventStore();
  const ids = new RandomIds();
  const sealing = sealingWith(key, bytes);
  const maker = new SecretMaker(sealing, bytes);
  const [webhookId, clientId, jobId] = [randomUUID(), randomUUID(), randomUUID()];
  const cause = (): Cause => ({
    commandId: ids.next(),
    actor: 'test',
    correlationId: null,
    causationId: null,
    traceparent: null,
  });
  const requested = { url: 'https://example.com/', events: ['*'], description: null };
  const { sealedSecret } = maker.make(webhookId);
  await new Streams(store, clock, { cachedCharacters: 1_000 }).decideOn(
    webhookStream,
    webhookId,
    new CreateWebhook(webhookId, clientId, requested, sealedSecret).because(cause()),
  );
  const [created] = await store.readAll({ limit: 10 });
  const jobEvents = Array.from({ length: eventsOfJob }, (_, revision) => jobEvent(jobId, clientId, revision, clock.at));
  await follow([...(created === undefined ? [] : [created]), ...jobEvents]);
  const revisions = new Map(jobEvents.map(({ id, revision }) => [deliveryIdOf(webhookId, id), revision]));

  const arrived: number[] = [];
  let requests = 0;
  const egress = {
    send({ headers }: { readonly headers: Readonly<Record<string, string>> }): Promise<EgressAnswer> {
      const fate = fates[requests] ?? 'taken';
      requests += 1;
      if (fate !== 'not connected') arrived.push(revisions.get(headers['webhook-id'] ?? '') ?? -1);
      return Promise.resolve(answers[fate]);
    },
  };
  const facts = { one: (_: string, revision: number) => Promise.resolve(jobEvents[revision]), wire: () => ({}) };
  const policy = { timeoutMs, maxAttempts: 4, backoffBaseMs: 100, disableAfterMs: 3_600_000_000 };

  const start = (diesAt = Number.POSITIVE_INFINITY): { readonly died: Promise<void>; work(): Promise<boolean> } => {
    const life = new Mortal(diesAt);
    const queue = new DeliveryQueue(life.mortal(pool));
    const streams = new Streams(life.mortal(store), clock, { cachedCharacters: 1_000_000 });
    const receivers = new Receivers(streams, sealing, maker, clock, ids);
    const parts = {
      ...{ queue, streams, receivers, facts, clock, ids, policy, jitter: () => 0.5 },
      egress: life.mortal(egress),
    } as unknown as AttemptParts;
    const planner = new DeliveryPlanner(queue, new FanOut(life.mortal(pool)), streams, new SharedLoop());
    const never = new AbortController().signal;
    return {
      died: life.died,
      /** One round of what a sender does; says whether there was anything to send. */
      async work() {
        while (await planner.planSome());
        const now = clock.now();
        const turns = { afterClient: noClient, clients: [], maxOthers: 16 };
        const limits = { most: 16, free: new Map<string, number>(), maxPerLane: 16, turns };
        const held = await queue.take({ now, heldUntil: now + holdMs, ...limits });
        await Promise.all(held.map((each) => attempt(each, parts, never)));
        return held.length > 0;
      },
    };
  };
  return { clock, arrived, start };
}

const answers: Readonly<Record<Fate, EgressAnswer>> = {
  taken: {
    kind: 'answered',
    status: 204,
    headers: {},
    cookies: [],
    body: Buffer.alloc(0),
    truncated: false,
    durationMs: 3,
  },
  refused: {
    kind: 'answered',
    status: 500,
    headers: {},
    cookies: [],
    body: Buffer.alloc(0),
    truncated: false,
    durationMs: 3,
  },
  'not connected': { kind: 'failed', error: 'timeout', isSent: false, durationMs: timeoutMs },
  'no answer': { kind: 'failed', error: 'timeout', isSent: true, durationMs: timeoutMs },
};

function jobEvent(jobId: string, clientId: string, revision: number, at: number): Recorded<JobEvent> {
  const event = { type: 'JobQueued', data: { jobId, clientId } } as unknown as JobEvent;
  const metadata = { at, actor: 'test', correlationId: null, causationId: null, traceparent: null };
  return {
    ...{ id: randomUUID(), stream: `job-${jobId}`, revision, position: BigInt(1_000 + revision), event },
    metadata: { ...metadata, schema: 1, chain: '' },
  };
}

/** What the follower writes. */
async function follow(events: readonly Recorded[]): Promise<void> {
  const { statements } = await deliverEvents(pool, new DeliverySignal()).apply(events, pool as never);
  for (const { text, values } of statements) await pool.query(text, [...values]);
}

/** Runs senders one after the other, each until it dies, and the last two together until all is sent. */
async function runToTheEnd(fates: readonly Fate[], deaths: readonly number[]): Promise<readonly number[]> {
  const { clock, arrived, start } = await newWorld(fates);
  const settle = async (nodes: readonly ReturnType<typeof start>[]): Promise<void> => {
    for (let idle = 0; idle < 2;) {
      const worked = await Promise.race([
        Promise.all(nodes.map((node) => node.work())),
        ...nodes.map((node) => node.died.then(() => null)),
      ]);
      if (worked === null) return;
      idle = worked.includes(true) ? 0 : idle + 1;
      // Time passes to whatever is due next: a retry, or what a dead sender still holds.
      if (!worked.includes(true)) clock.at += holdMs;
    }
  };
  for (const diesAt of deaths) await settle([start(diesAt)]);
  await settle([start(), start()]);
  const { rows } = await pool.query<{ left: string }>('select count(*) as left from forgerun_engine.deliveries');
  expect(rows).toEqual([{ left: '0' }]);
  return arrived;
}

const firstOfEach = (arrived: readonly number[]): readonly number[] => [...new Set(arrived)];
const inOrder = Array.from({ length: eventsOfJob }, (_, revision) => revision);

describe("the first requests for one job's events", () => {
  it('arrive in order, whatever step a sender dies at', async () => {
    for (let diesAt = 1; diesAt < 60; diesAt += 1)
      expect([diesAt, firstOfEach(await runToTheEnd([], [diesAt]))]).toEqual([diesAt, inOrder]);
  }, 240_000);

  it('arrive in order when an attempt ends before there is a connection', async () => {
    expect(firstOfEach(await runToTheEnd(['not connected'], []))).toEqual(inOrder);
    expect(firstOfEach(await runToTheEnd(['taken', 'not connected', 'not connected', 'refused'], []))).toEqual(inOrder);
  });

  it('arrive in order whatever becomes of each, with senders dying and two at once', async () => {
    const fate = fc.constantFrom<Fate>('taken', 'refused', 'not connected', 'no answer');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
        async (fates, deaths) => {
          const first = firstOfEach(await runToTheEnd(fates, deaths));
          // What never found a connection is missing, and nothing else changes its place.
          expect(first).toEqual([...first].sort((one, other) => one - other));
        },
      ),
      { numRuns: 60 },
    );
  }, 240_000);
});
