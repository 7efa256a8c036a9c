import type pg from 'pg';
import { type EventStore } from '../engine/event-store/event-store.port.js';
import { isLogMade, PostgresEventStore } from '../engine/event-store/postgres/postgres-event-store.js';
import { StreamNames } from '../engine/event-store/stream-names.js';
import { placeOf } from '../engine/installation/installation.js';
import { foreseeInstallation } from '../engine/installation/settle-installation.js';
import { type Config } from '../platform/config/config.js';
import { withClient } from '../platform/postgres/pools.js';
import { bad, type Finding, good, reasonOf } from './doctor-machine.js';

/** Where the stores are; null: in a database that the next start makes. */
export interface StoreUrls {
  readonly database: string | null;
  readonly log: string | null;
}

export const limits = { name: 'doctor', statementTimeoutMs: 5000, connectTimeoutMs: 5000 };
/** What breaks a connection also fails the question that was asked on it. */
export const heardByTheQuestion = (): void => undefined;

/** Whether database and log belong together, by the verdict that a start comes to. */
export async function* lookAtInstallation(config: Config, urls: StoreUrls): AsyncGenerator<Finding> {
  // Both are made by the next start, and fit.
  if (urls.database === null && urls.log === null) return;
  try {
    const reason = await misfit(config, urls);
    if (reason === null) yield good('the database and the event log belong together');
    else yield bad(reason, 'A start ends with exit code 78 and says the same; docs/guides/eventstoredb.md says more.');
  } catch (error) {
    yield bad(`it cannot be seen whether database and event log belong together (${reasonOf(error)})`, 'Try it again.');
  }
}

async function misfit(config: Config, urls: StoreUrls): Promise<string | null> {
  const { eventStore, eventStoreNamespace: namespace, adoptLog } = config;
  const store = urls.log === null ? null : await openToRead(urls.log, new StreamNames(namespace));
  try {
    const verdict = await onDatabase(urls.database, (client) =>
      foreseeInstallation(client, store, placeOf(eventStore, namespace), adoptLog),
    );
    return verdict.kind === 'misfit' ? verdict.reason : null;
  } finally {
    await store?.close();
  }
}

/** Null: there is no database yet. */
async function onDatabase<Answer>(
  url: string | null,
  work: (client: pg.ClientBase | null) => Promise<Answer>,
): Promise<Answer> {
  if (url === null) return await work(null);
  return await withClient({ connectionString: url, ...limits, onError: heardByTheQuestion }, work);
}

/** Opens a log and sends it nothing that changes it; null: it has no tables yet. */
async function openToRead(url: string, names: StreamNames): Promise<EventStore | null> {
  if (url.startsWith('esdb')) {
    // Loaded only where it is used: it costs a sixth of a second.
    const { openEventStoreDb } = await import('../engine/event-store/eventstoredb/eventstoredb.event-store.js');
    return await openEventStoreDb(url, { names });
  }
  const hasLog = await onDatabase(url, async (client) => client !== null && (await isLogMade(client)));
  if (!hasLog) return null;
  return await PostgresEventStore.open({ connection: { connectionString: url }, onError: heardByTheQuestion, names });
}
