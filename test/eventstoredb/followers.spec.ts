import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { type FollowersOptions } from '../../src/engine/followers/followers.js';
import { type Counted, counted, dyingAt, expected, Instance, Fixture } from '../chaos/followers.fixture.js';
import { newEvent } from '../conformance/event-store.cases.js';
import { ServerProcess } from './chaos.fixture.js';

const deaths = process.env['FORGERUN_TEST_LONG'] === '1' ? [1, 2, 3, 5] : [2];

let server: ServerProcess;
let fixture: Fixture;
let store: EventStore;
const running: Instance[] = [];

beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(() => fixture.close());
afterEach(async () => {
  for (const instance of running.splice(0)) await instance.stop();
  await store.close();
  await server.end();
  await fixture.reset();
});

async function begin(): Promise<void> {
  server = await ServerProcess.start();
  store = await openEventStoreDb(server.connectionString);
}

async function instance(options: Partial<FollowersOptions> = {}): Promise<Instance> {
  const started = await new Instance(fixture.database.connectionString, store, options).start();
  running.push(started);
  return started;
}

/** Appends until it is settled, through the death of the server as well. */
async function tell(stream: string, first: number, ...events: readonly Counted[]): Promise<void> {
  const asked = {
    stream,
    expected: first === 0 ? ('no_stream' as const) : first - 1,
    events: events.map((event) => ({ ...newEvent(), id: randomUUID(), event })),
  };
  for (;;) {
    const outcome = await store.append(asked);
    if (outcome.kind === 'appended') return;
    if (outcome.kind === 'conflict') throw new Error(`${stream} is elsewhere`);
  }
}

const everything = async () => expected(await store.readAll({ limit: 10_000 }));

describe('a follower of EventStoreDB', () => {
  it('goes on within five seconds after the server is back', async () => {
    await begin();
    await tell('count-a', 0, counted(1));
    const follower = await instance();
    expect(await follower.reached(await store.head())).toBe(true);
    await server.kill();
    // Long enough for every wait between two attempts to have grown to its longest.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await server.begin();
    const back = performance.now();
    await tell('count-a', 1, counted(2));
    expect(await follower.reached(await store.head())).toBe(true);
    // And as long again on a machine that has other work.
    expect(performance.now() - back).toBeLessThan(10_000);
    expect(await fixture.tables()).toEqual(await everything());
  }, 240_000);

  it.each(['follower.batch', 'follower.write', 'follower.written'])(
    'has handled everything before its saved position when it dies at %s while the server dies',
    async (step) => {
      await begin();
      for (const [round, nth] of deaths.entries()) {
        const { steps, dead } = dyingAt(step, nth);
        const victim = await instance({ steps });
        for (let n = 0; n < 25; n += 1) await tell(`count-${round}-${n}`, 0, counted(n), counted(1));
        await tell('other-1', round, counted(1));
        await dead;
        await server.kill();
        running.splice(running.indexOf(victim), 1);
        await victim.stop();
        await server.begin();
        // What the checkpoint says was handled is exactly what the tables hold.
        const { rows } = await fixture.admin.query<{ position: string | null }>(
          "select position::text from forgerun_engine.checkpoints where name = 'tallies'",
        );
        const saved = BigInt(rows[0]?.position ?? -1);
        const log = await store.readAll({ limit: 10_000 });
        expect(await fixture.tables()).toEqual(expected(log.filter(({ position }) => position <= saved)));
      }
      const heir = await instance();
      expect(await heir.reached(await store.head())).toBe(true);
      expect(await fixture.tables()).toEqual(await everything());
    },
    240_000,
  );
});
