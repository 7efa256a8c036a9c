import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { CommandTypes } from '../../src/engine/sagas/command-types.js';
import { TimerTable } from '../../src/engine/timers/timer-table.js';
import {
  CompleteJob,
  type JobCommand,
  LeaseJob,
  RecordProgress,
  ReportProgress,
  SubmitJob,
} from '../../src/jobs/domain/job.commands.js';
import { jobStream } from '../../src/jobs/domain/job.stream.js';
import { RandomIds } from '../../src/platform/ids/ids.js';
import { definition } from '../support/job-events.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type Command } from '../../src/kernel/message.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { brokenLinks, textOf } from '../support/history-links.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { poolAt, testDatabase, type TestDatabase } from '../support/postgres.js';
import { StillClock } from '../support/still-clock.js';
import { FreezingStore, start, type Step, steps } from './two-nodes.fixture.js';

const ids = new RandomIds();
let database: TestDatabase;
let pool: pg.Pool;
let server: EventStoreDbServer;
const stores: Record<string, readonly EventStore[]> = {};
beforeAll(async () => {
  [database, server] = await Promise.all([testDatabase(), startEventStoreDb()]);
  const { connectionString } = database;
  pool = poolAt(connectionString, 1);
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
  await pool.end();
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

/** Progress that a request left with the timers, as either of two nodes finds it there. */
function keptProgress(): Step {
  const [id, timers] = [ids.next(), new TimerTable(pool, new CommandTypes([RecordProgress]))];
  const because = <C extends Command>(command: C): C =>
    command.because({
      ...{ actor: 'key:k', correlationId: null, causationId: null, traceparent: null },
      commandId: ids.next(),
    });
  const decide = (streams: Streams, command: JobCommand) => streams.decideOn(jobStream, id, command);
  let kept: JobCommand | undefined;
  return {
    name: 'progress that was kept',
    stream: `job-${id}`,
    async prepare(streams) {
      await decide(streams, because(new SubmitJob(id, ids.next(), definition, null, 'f1')));
      await decide(streams, because(new LeaseJob(id, 'l1', 'w1', 60_000, true)));
      await decide(streams, because(new ReportProgress(id, 'l1', 60, null)));
      const [timerId, clientId] = [ids.next(), ids.next()];
      const command = because(new RecordProgress(id, 'l1', 80, null, start));
      await timers.arm({ timerId, setBy: 'progress', clientId, subject: 'l1', dueAt: start, command });
      const [found] = await timers.read([timerId]);
      if (found instanceof RecordProgress) kept = found;
    },
    carryOut: (streams) => (kept === undefined ? Promise.reject(new Error('nothing is kept')) : decide(streams, kept)),
    goOn: (streams) => decide(streams, because(new CompleteJob(id, 'l1', null))),
  };
}

describe.each(['memory', 'Postgres', 'EventStoreDB'])('a step that two nodes carry out, on %s', (store) => {
  const moments = [
    [1_600, 4_600],
    [4_600, 1_600],
  ] as const;

  it.each([...steps, keptProgress].map((make) => [make().name, make] as const))(
    'leaves every link whole: %s',
    async (_name, make) => {
      const kept = stores[store]?.[1];
      for (const both of moments) {
        const step = make();
        await byTwo(store, step, both);
        const events = (await kept?.readStream(step.stream)) ?? [];
        expect(events.length).toBeGreaterThan(0);
        expect(brokenLinks(events.map(textOf))).toEqual([]);
      }
    },
  );

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
