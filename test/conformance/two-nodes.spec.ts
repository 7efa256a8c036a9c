import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Streams } from '../../src/engine/commands/streams.js';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { brokenLinks, textOf } from '../support/history-links.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { FreezingStore, start, type Step, steps } from './two-nodes.fixture.js';

let database: TestDatabase;
let server: EventStoreDbServer;
const stores: Record<string, readonly EventStore[]> = {};
beforeAll(async () => {
  [database, server] = await Promise.all([testDatabase(), startEventStoreDb()]);
  const { connectionString } = database;
  const onPostgres = () => PostgresEventStore.open({ connection: { connectionString }, onError: () => undefined });
  const onServer = () => openEventStoreDb(server.connectionString);
  const memory = new MemoryEventStore();
  stores['memory'] = [memory, memory];
  stores['Postgres'] = [await onPostgres(), await onPostgres()];
  stores['EventStoreDB'] = [await onServer(), await onServer()];
}, 240_000);
afterAll(async () => {
  await Promise.all(Object.values(stores).flatMap((both) => both.map((store) => store.close())));
  await server.stop();
  await database.drop();
});

const streamsOn = (store: EventStore, clock: StillClock): Streams =>
  new Streams(store, clock, { cachedCharacters: 100_000 });

/** One node decides and is frozen before it is stored; the other does the same meanwhile, by another clock. */
async function byTwo(store: string, step: Step, [slowMs, fastMs]: readonly [number, number]): Promise<void> {
  const [one, other] = stores[store] ?? [];
  if (one === undefined || other === undefined) throw new Error(`there is no store ${store}`);
  const freezing = new FreezingStore(one);
  const slowClock = new StillClock(start);
  const slow = streamsOn(freezing, slowClock);
  const fast = streamsOn(other, new StillClock(start + fastMs));
  await step.prepare(streamsOn(other, new StillClock(start)));
  slowClock.at = start + slowMs;
  const late = step.carryOut(slow);
  // One that has nothing to store is no test of this.
  await Promise.race([freezing.isFrozen, late.then(() => Promise.reject(new Error('nothing was decided')))]);
  await step.carryOut(fast);
  freezing.thaw();
  await late.catch(refused);
  slowClock.at = start + 9_000;
  await step.goOn(slow).catch(refused);
}

/** Whatever the slower one is told, it must not have gone on from what was never stored. */
function refused(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

/** The instants of a schedule that its events account for, in their order. */
const ticksIn = (events: readonly Recorded[]): readonly number[] =>
  events.flatMap(({ event: { type, data } }) => {
    const { dueAt, dueAts } = data as { dueAt?: number; dueAts?: readonly number[] };
    return type === 'OccurrenceFired' && dueAt !== undefined ? [dueAt] : (dueAts ?? []);
  });

describe.each(['memory', 'Postgres', 'EventStoreDB'])('a step that two nodes carry out, on %s', (store) => {
  const moments = [
    [1_600, 4_600],
    [4_600, 1_600],
  ] as const;

  it.each(steps.map((make) => [make().name, make] as const))('leaves every link whole: %s', async (_name, make) => {
    const kept = stores[store]?.[1];
    for (const both of moments) {
      const step = make();
      await byTwo(store, step, both);
      const events = (await kept?.readStream(step.stream)) ?? [];
      expect(events.length).toBeGreaterThan(0);
      expect(brokenLinks(events.map(textOf))).toEqual([]);
    }
  });

  it.each(steps.slice(0, 2).map((make) => [make().name, make] as const))(
    'accounts for every tick once: %s',
    async (_name, make) => {
      for (const both of moments) {
        const step = make();
        await byTwo(store, step, both);
        const events = (await stores[store]?.[1]?.readStream(step.stream)) ?? [];
        const seconds = Array.from({ length: 9 }, (_, n) => start + 500 + n * 1000);
        expect(ticksIn(events)).toEqual(seconds);
      }
    },
  );
});
