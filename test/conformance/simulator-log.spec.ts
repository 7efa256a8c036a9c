import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { StreamNames } from '../../src/engine/event-store/stream-names.js';
import { type LogAddress } from '../../src/simulator/log/log-address.js';
import { openLog } from '../../src/simulator/log/open-log.js';
import { type LoggedEvent } from '../../src/simulator/log/stored-log.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { foreignWriterOn } from '../support/foreign-writer.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { appendTo, newEvent } from './event-store.cases.js';

let database: TestDatabase;
let server: EventStoreDbServer;
beforeAll(async () => {
  database = await testDatabase();
  server = await startEventStoreDb();
}, 240_000);
afterAll(async () => {
  await server.stop();
  await database.drop();
});

const onError = (): void => undefined;

const stores = {
  postgres: {
    open: (namespace: string | null): Promise<EventStore> =>
      PostgresEventStore.open({
        connection: { connectionString: database.connectionString },
        onError,
        names: new StreamNames(namespace),
      }),
    address: (namespace: string | null): LogAddress => ({
      kind: 'postgres',
      url: database.connectionString,
      namespace,
    }),
  },
  eventstoredb: {
    open: (namespace: string | null): Promise<EventStore> =>
      openEventStoreDb(server.connectionString, { names: new StreamNames(namespace) }),
    address: (namespace: string | null): LogAddress => ({
      kind: 'eventstoredb',
      url: server.connectionString,
      namespace,
    }),
  },
} as const;

async function everythingAt(address: LogAddress): Promise<readonly LoggedEvent[]> {
  const log = await openLog(address);
  const events: LoggedEvent[] = [];
  for await (const event of log.read()) events.push(event);
  await log.close();
  return events;
}

describe.each(['postgres', 'eventstoredb'] as const)('a log in %s, read by the simulator', (kind) => {
  const { open, address } = stores[kind];

  it('has every event of ours over many pages, in order and to the letter', async () => {
    const store = await open('long');
    const data = { note: 'ä "quoted" \n', n: 1.5, of: { 2: 'b', 1: 'a' } };
    for (let n = 0; n < 45; n += 1)
      await appendTo(store, `job-${n}`, 'no_stream', ...Array.from({ length: 10 }, () => newEvent('JobCreated', data)));
    await store.close();
    const events = await everythingAt(address('long'));
    expect(events.map(({ stream, revision }) => `${stream}@${revision}`)).toEqual(
      Array.from({ length: 450 }, (_, n) => `job-${Math.floor(n / 10)}@${n % 10}`),
    );
    expect(events.every(({ position }, at) => at === 0 || position > (events[at - 1]?.position ?? 0n))).toBe(true);
    expect(new Set(events.map((event) => event.data))).toEqual(new Set([JSON.stringify(data)]));
    expect(JSON.parse(events[0]?.metadata ?? '')).toMatchObject({ actor: 'process:test', schema: 1, chain: '' });
  });

  it('has nothing of other namespaces and of streams that no part of ForgeRun writes', async () => {
    const [plain, other] = [await open('one'), await open('two')];
    await appendTo(plain, 'job-1', 'no_stream');
    await appendTo(other, 'job-2', 'no_stream');
    await appendTo(plain, 'invoice-1', 'no_stream');
    await plain.close();
    await other.close();
    expect((await everythingAt(address('one'))).map(({ stream }) => stream)).toEqual(['job-1']);
  });

  it('has what other programs wrote into our streams, whatever it is', async () => {
    const store = await open('shared');
    await appendTo(store, 'job-1', 'no_stream');
    await store.close();
    const writer = await foreignWriterOn(address(null).url);
    await writer.write('shared.job-1', { type: 'Other', data: '{"a":1}', metadata: null });
    await writer.close();
    expect((await everythingAt(address('shared'))).map(({ type, metadata }) => [type, metadata === ''])).toEqual([
      ['Happened', false],
      ['Other', true],
    ]);
  });

  it('says what was cut off the beginning of a stream', async () => {
    const store = await open('cut');
    await appendTo(store, 'job-1', 'no_stream', newEvent(), newEvent(), newEvent());
    await appendTo(store, 'job-2', 'no_stream');
    await store.truncateBefore('job-1', 2);
    await store.close();
    const log = await openLog(address('cut'));
    expect([await log.cutOf('job-1'), await log.cutOf('job-2')]).toEqual([2, null]);
    await log.close();
  });
});
