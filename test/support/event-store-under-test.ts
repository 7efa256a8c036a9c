import { randomBytes } from 'node:crypto';
import { type EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { StreamNames, withoutNamespace } from '../../src/engine/event-store/stream-names.js';
import { type Position, type Recorded } from '../../src/kernel/recorded.js';
import { type EventStoreDbServer, startEventStoreDb } from './eventstoredb/server.js';
import { databaseAt, databaseNameIn } from './postgres.js';

/** A log of its own for the engines of one test. */
interface TestLog {
  readonly url: string;
  readonly namespace: string | null;
  /** Where it began, because what a shared server holds before that is of no interest. */
  readonly after: Position | null;
  /** Null for a server that cannot be told to misbehave. */
  readonly server: EventStoreDbServer | null;
}

const logs = new Map<string, Promise<TestLog>>();

const keyOf = (place: string): string => (place.startsWith('postgres') ? databaseNameIn(place) : place);

export const storeUnderTest = (): 'eventstoredb' | 'postgres' =>
  process.env['FORGERUN_TEST_STORE'] === 'eventstoredb' ? 'eventstoredb' : 'postgres';

/** A server of EventStoreDB that the tests share, each in a namespace of its own; null: every test starts one. */
export function sharedServer(): string | null {
  const url = process.env['FORGERUN_TEST_EVENTSTOREDB'] ?? '';
  return storeUnderTest() === 'postgres' || url === '' ? null : url;
}

/**
 * The variables that tell engines where their log is: in the database itself, or, with `FORGERUN_TEST_STORE=eventstoredb`,
 * on a server of EventStoreDB: the one that `FORGERUN_TEST_EVENTSTOREDB` names, or one that begins with the first of the
 * engines and ends with the database. The database is named by its connection string, or an embedded one by its folder.
 */
export async function logBeside(place: string): Promise<Readonly<Record<string, string>>> {
  if (storeUnderTest() === 'postgres') return place.startsWith('postgres') ? { FORGERUN_EVENT_STORE: place } : {};
  const { url, namespace } = await testLog(place);
  return {
    FORGERUN_EVENT_STORE: url,
    ...(namespace === null ? {} : { FORGERUN_EVENT_STORE_NAMESPACE: namespace }),
  };
}

/** Where that log is, and what its streams are called there. */
export async function placeOfLog(place: string): Promise<{ readonly url: string; readonly names: StreamNames }> {
  if (storeUnderTest() === 'postgres') return { url: place, names: withoutNamespace };
  const { url, namespace } = await testLog(place);
  return { url, names: new StreamNames(namespace) };
}

/**
 * Keeps this log on the wire server, whatever server the tests share: for faults that no other server can be told to make.
 * It must be asked for before the first engine. Null where the database itself keeps the log.
 */
export async function onlyForWireServer(connectionString: string): Promise<EventStoreDbServer | null> {
  if (storeUnderTest() === 'postgres') return null;
  const key = keyOf(connectionString);
  if (!logs.has(key)) logs.set(key, onServerOfItsOwn(connectionString));
  const { server } = await testLog(connectionString);
  if (server === null) throw new Error('engines on this database have their log on the shared server already');
  return server;
}

async function testLog(place: string): Promise<TestLog> {
  const known = logs.get(keyOf(place));
  if (known !== undefined) return await known;
  const shared = sharedServer();
  const begun = shared === null ? onServerOfItsOwn(place) : inNamespaceOfItsOwn(shared);
  logs.set(keyOf(place), begun);
  return await begun;
}

/** Ends what keeps the log beside a data folder; a test database ends its own. */
export async function endLogBeside(folder: string): Promise<void> {
  const log = await logs.get(folder);
  await log?.server?.stop();
}

async function onServerOfItsOwn(place: string): Promise<TestLog> {
  const server = await startEventStoreDb();
  if (place.startsWith('postgres')) databaseAt(place).companions.push(() => server.stop());
  return { url: server.connectionString, namespace: null, after: null, server };
}

async function inNamespaceOfItsOwn(url: string): Promise<TestLog> {
  const store = await openEventStoreDb(url);
  try {
    return { url, namespace: `t${randomBytes(12).toString('hex')}`, after: await store.end(), server: null };
  } finally {
    await store.close();
  }
}

/** Works on the log of engines on this database as they do. */
export async function withLogOn<Answer>(
  connectionString: string,
  work: (store: EventStore, after: Position | null) => Promise<Answer>,
): Promise<Answer> {
  if (storeUnderTest() === 'postgres') {
    const store = await PostgresEventStore.open({ connection: { connectionString }, onError: () => undefined });
    return await work(store, null).finally(() => store.close());
  }
  const { url, names } = await placeOfLog(connectionString);
  const { after } = await testLog(connectionString);
  const store = await openEventStoreDb(url, { names });
  return await work(store, after).finally(() => store.close());
}

/** Everything that engines on this database have put into their log. */
export async function logOn(connectionString: string): Promise<readonly Recorded[]> {
  return await withLogOn(connectionString, (store, after) =>
    store.readAll({ limit: 100_000, ...(after === null ? {} : { after }) }),
  );
}
