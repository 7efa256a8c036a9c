import type { Recorded } from '../../src/kernel/recorded.js';
import { openEventStoreDb } from '../../src/engine/event-store/eventstoredb/eventstoredb.event-store.js';
import { PostgresEventStore } from '../../src/engine/event-store/postgres/postgres-event-store.js';
import { startEventStoreDb } from './eventstoredb/server.js';
import { databaseAt } from './postgres.js';

const logs = new Map<string, Promise<string>>();

export const storeUnderTest = (): 'eventstoredb' | 'postgres' =>
  process.env['FORGERUN_TEST_STORE'] === 'eventstoredb' ? 'eventstoredb' : 'postgres';

/**
 * Where engines on this database keep their log: in the database itself, or, with `FORGERUN_TEST_STORE=eventstoredb`, on
 * a server of EventStoreDB that begins with the first of them and ends with the database.
 */
export async function logBeside(connectionString: string): Promise<string> {
  if (storeUnderTest() === 'postgres') return connectionString;
  const known = logs.get(connectionString);
  if (known !== undefined) return await known;
  const begun = begin(connectionString);
  logs.set(connectionString, begun);
  return await begun;
}

async function begin(connectionString: string): Promise<string> {
  const server = await startEventStoreDb();
  databaseAt(connectionString).companions.push(() => server.stop());
  return server.connectionString;
}

/** Everything that engines on this database have put into their log. */
export async function logOn(connectionString: string): Promise<readonly Recorded[]> {
  const url = await logBeside(connectionString);
  const store =
    storeUnderTest() === 'eventstoredb'
      ? await openEventStoreDb(url)
      : await PostgresEventStore.open({ connection: { connectionString: url }, onError: () => undefined });
  try {
    return await store.readAll({ limit: 100_000 });
  } finally {
    await store.close();
  }
}
