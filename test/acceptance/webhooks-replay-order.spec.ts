import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { JobEventLog } from '../../src/app/job-event-log.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { type Command } from '../../src/kernel/message.js';
import { type Position } from '../../src/kernel/recorded.js';
import { SharedLoop } from '../../src/platform/async/shared-loop.js';
import { RecordAttempt } from '../../src/webhooks/domain/delivery.commands.js';
import { CreateWebhook, ReplayEvents } from '../../src/webhooks/domain/webhook.commands.js';
import { deliveryStream, webhookStream } from '../../src/webhooks/domain/webhook.stream.js';
import { deliverEvents, deliverEventsScope } from '../../src/webhooks/following/deliver-events.follower.js';
import { DeliveryPlanner } from '../../src/webhooks/sending/delivery-planner.js';
import { DeliveryQueue, type HeldDelivery, noClient } from '../../src/webhooks/sending/delivery-queue.js';
import { DeliverySignal } from '../../src/webhooks/sending/delivery-signal.js';
import { FanOut, maxDuePerWebhook } from '../../src/webhooks/sending/fan-out.js';
import { Replays } from '../../src/webhooks/sending/replays.js';
import { MemoryEventStore, newEvent } from '../support/memory-event-store.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';

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

/** All is due by the database's clock, and what is held stays so. */
const [longAgo, neverAgain] = [Date.UTC(2026, 0, 1), Date.UTC(2126, 0, 1)];
/** More of them than may be due at once: the events of the last ones still wait to become deliveries. */
const jobs = Array.from({ length: maxDuePerWebhook }, () => randomUUID());
const namesOfJob = ['JobCreated', 'JobQueued', 'JobCanceled'] as const;
const atOnce = 16;

/** The first request for an event, as the receiver of a webhook sees it. */
interface Request {
  readonly jobId: string;
  readonly revision: number;
  readonly isReplay: boolean;
}

/** A client's jobs and one webhook, of whose requests none is answered before the test says so. */
class World {
  readonly requests: Request[] = [];
  readonly #store = new MemoryEventStore();
  readonly #clock = new StillClock(longAgo);
  readonly #streams = new Streams(this.#store, this.#clock, { cachedCharacters: 1_000_000 });
  readonly #queue = new DeliveryQueue(pool);
  readonly #planner = new DeliveryPlanner(this.#queue, new FanOut(pool), this.#streams, new SharedLoop());
  readonly #replays = new Replays(pool, new JobEventLog(this.#store), this.#streams);
  readonly #follower = deliverEvents(pool, new DeliverySignal());
  readonly #clientId = randomUUID();
  readonly #webhookId = randomUUID();
  #followed: Position = 0n;

  async register(events: readonly string[]): Promise<void> {
    const requested = { url: 'https://example.com/', events, description: null };
    await this.#tellWebhook(new CreateWebhook(this.#webhookId, this.#clientId, requested, 'sealed'));
  }

  async replay(types: readonly string[] | null): Promise<void> {
    this.#clock.at += 1;
    await this.#tellWebhook(new ReplayEvents(this.#webhookId, this.#clientId, randomUUID(), 0, null, types));
    this.#clock.at += 1;
  }

  /** One event of every job, and then the next of every job. */
  async happen(): Promise<void> {
    for (const [revision, type] of namesOfJob.entries())
      for (const jobId of jobs) {
        const data = { jobId, clientId: this.#clientId, callback: null };
        const expected = revision === 0 ? ('no_stream' as const) : revision - 1;
        const events = [newEvent({ type, data }, this.#clock.at)];
        await this.#store.append({ stream: `job-${jobId}`, expected, events });
      }
    await this.#follow();
  }

  /** All that a node does while no receiver answers. Past events are read first: then what room there is is theirs. */
  async work(): Promise<void> {
    for (let before = -1; before !== this.#store.log.length;) {
      before = this.#store.log.length;
      for (let begun = await this.#replays.beginNext(); begun !== null; begun = await this.#replays.beginNext()) {
        await begun.page;
        await this.#follow();
      }
      while (await this.#planner.planSome());
    }
  }

  /** Requests go out, as many as may be under way at once. */
  async send(): Promise<readonly HeldDelivery[]> {
    const turns = { afterClient: noClient, clients: [], maxOthers: atOnce };
    const limits = { most: atOnce, free: new Map<string, number>(), maxPerLane: atOnce, turns };
    const held = await this.#queue.take({ now: longAgo * 2, heldUntil: neverAgain, ...limits });
    for (const { deliveryId } of held) {
      const { state } = await this.#streams.load(deliveryStream, deliveryId);
      if (state.state !== 'PENDING') continue;
      const { subject, isReplay } = state;
      this.requests.push({ jobId: subject.jobId ?? '', revision: subject.revision ?? -1, isReplay });
    }
    return held;
  }

  /** They are answered. */
  async answer(held: readonly HeldDelivery[]): Promise<void> {
    for (const each of held) {
      const { state } = await this.#streams.load(deliveryStream, each.deliveryId);
      if (state.state === 'PENDING') {
        const answer = { status: 204, durationMs: 1, failure: null, error: null, isSent: true };
        const policy = { maxAttempts: 1, backoffBaseMs: 1 };
        const verdict = { kind: 'delivered' } as const;
        await this.#streams.decideOn(
          deliveryStream,
          each.deliveryId,
          because(new RecordAttempt(each.deliveryId, state.attempts + 1, longAgo, answer, verdict, policy, 0)),
        );
      }
      await this.#queue.remove(each);
    }
  }

  /** To the end. */
  async deliver(): Promise<void> {
    for (let held = await this.send(); held.length > 0; held = await this.send()) {
      await this.work();
      await this.answer(held);
      await this.work();
    }
  }

  async #tellWebhook(command: CreateWebhook | ReplayEvents): Promise<void> {
    await this.#streams.decideOn(webhookStream, this.#webhookId, because(command));
    await this.#follow();
  }

  async #follow(): Promise<void> {
    const { categories, types } = deliverEventsScope;
    const filter = { streamPrefixes: categories.map((category) => `${category}-`), types };
    const events = await this.#store.readAll({ after: this.#followed, limit: 10_000, filter });
    const last = events.at(-1);
    if (last === undefined) return;
    this.#followed = last.position;
    const { statements } = await this.#follower.apply(events, pool as never);
    for (const { text, values } of statements) await pool.query(text, [...values]);
    await pool.query(
      `insert into forgerun_engine.checkpoints (name, position, version) values ($1, $2, 1)
       on conflict (name) do update set position = excluded.position`,
      [deliverEventsScope.name, String(last.position)],
    );
  }
}

const because = <C extends Command>(command: C): C =>
  command.because({
    commandId: randomUUID(),
    actor: 'test',
    correlationId: null,
    causationId: null,
    traceparent: null,
  });

const ofJob = (requests: readonly Request[], jobId: string): readonly (readonly [number, boolean])[] =>
  requests.filter((each) => each.jobId === jobId).map(({ revision, isReplay }) => [revision, isReplay]);
const [live, replayed] = [false, true];

/** A replay of the last event of each job, of which the webhook has not had the first yet. */
async function askedForWhileBehind(events: readonly string[]): Promise<World> {
  const world = new World();
  await world.register(events);
  await world.happen();
  await world.work();
  const underWay = await world.send();
  await world.replay(['job.canceled']);
  await world.work();
  await world.answer(underWay);
  await world.deliver();
  return world;
}

describe('a replay', () => {
  it('leaves alone what its webhook has not had yet: that comes once, in order, and is no replay', async () => {
    const world = await askedForWhileBehind(['job.*']);
    for (const jobId of jobs)
      expect(ofJob(world.requests, jobId)).toEqual([
        [0, live],
        [1, live],
        [2, live],
      ]);
  }, 240_000);

  it('of events that its webhook does not listen to comes after those that it does, of before the request', async () => {
    const world = await askedForWhileBehind(['job.created', 'job.queued']);
    for (const jobId of jobs)
      expect(ofJob(world.requests, jobId)).toEqual([
        [0, live],
        [1, live],
        [2, replayed],
      ]);
  }, 240_000);

  it('sends again what had ended before it was asked for, and nothing else', async () => {
    const world = new World();
    await world.register(['job.created']);
    await world.happen();
    await world.work();
    await world.deliver();
    await world.replay(['job.created', 'job.canceled']);
    await world.work();
    await world.deliver();
    for (const jobId of jobs)
      expect(ofJob(world.requests, jobId)).toEqual([
        [0, live],
        [0, replayed],
        [2, replayed],
      ]);
  }, 240_000);
});
