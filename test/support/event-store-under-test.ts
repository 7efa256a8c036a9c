import type { EventStore } from '../../src/engine/event-store/event-store.port.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import type { Recorded } from '../../src/kernel/recorded.js';
import { type EventStoreDbServer, startEventStoreDb } from './eventstoredb/server.js';
import { databaseAt } from './postgres.js';

const servers = new Map<string, Promise<EventStoreDbServer>>();

export const storeUnderTest = (): 'eventstoredb' | 'postgres' =>
  process.env['FORGERUN_TEST_STORE'] === 'eventstoredb' ? 'eventstoredb' : 'postgres';

/**
 * Where engines on this database keep their log: in the database itself, or, with `FORGERUN_TEST_STORE=eventstoredb`, on
 * a server of EventStoreDB that begins with the first of them and ends with the database.
 */
export async function logBeside(connectionString: string): Promise<string> {
  const server = await serverBeside(connectionString);
  return server?.connectionString ?? connectionString;
}

/** The server that keeps the log of engines on this database; null where the database itself does. */
export async function serverBeside(connectionString: string): Promise<EventStoreDbServer | null> {
  if (storeUnderTest() === 'postgres') return null;
  const known = servers.get(connectionString);
  if (known !== undefined) return await known;
  const begun = begin(connectionString);
  servers.set(connectionString, begun);
  return await begun;
}

async function begin(connectionString: string): Promise<EventStoreDbServer> {
  const server = await startEventStoreDb();
  databaseAt(connectionString).companions.push(() => server.stop());
  return server;
}

/** Works on the log of engines on this database as they do. */
export async function withLogOn<Answer>(
  connectionString: string,
  work: (store: EventStore) => Promise<Answer>,
): Promise<Answer> {
  const url = await logBeside(connectionString);
  const store =
    storeUnderTest() === 'eventstoredb'
      ? await openEventStoreDb(url)
      : await PostgresEventStore.open({ connection: { connectionString: url }, onError: () => undefined });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Everything that engines on this database have put into their log. */
export async function logOn(connectionString: string): Promise<readonly Recorded[]> {
  return await withLogOn(connectionString, (store) => store.readAll({ limit: 100_000 }));
}
