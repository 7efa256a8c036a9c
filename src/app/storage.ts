import type pg from 'pg';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { type EventStore, StoreUnavailable } from '../engine/event-store/event-store.port.js';
import { ForeignEvents } from '../engine/event-store/foreign-events.js';
import { StreamNames } from '../engine/event-store/stream-names.js';
import { placeOf } from '../engine/installation/installation.js';
import { DoesNotFit, type Installation, settleInstallation } from '../engine/installation/settle-installation.js';
import { openFollowerPool, openQueuePool } from '../platform/postgres/keyed-pools.js';
import { PostgresEventStore } from '../engine/event-store/postgres/postgres-event-store.js';
import { type Config, InvalidConfig } from '../platform/config/config.js';
import { reserveQueueSlotsSql } from '../dispatch/reserve-queue-slots.sql.js';
import { type Log } from '../platform/observability/log.js';
import {
  embeddedDatabase,
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '../platform/postgres/embedded/embedded-postgres.js';
import { migrate } from '../platform/postgres/migrate.js';
import { clientConfig, openPool, withClient } from '../platform/postgres/pools.js';
import { openReadSource, type ReadSource } from '../platform/postgres/read-source.js';
import { refuseUnsafeSettings } from '../platform/postgres/refuse-unsafe-settings.js';
import { SharedLoop } from '../platform/async/shared-loop.js';
import { onceReachable } from './once-reachable.js';
import { unlessStopped } from './shutdown-sequence.js';
import { throttledWarning } from '../platform/observability/throttled-warning.js';
import { readTables } from './read-models.js';

/** The databases of this process, opened, up to date and safe. */
export interface Storage {
  readonly store: EventStore;
  readonly installation: Installation;
  /** Requests read and write here. */
  readonly api: pg.Pool;
  /** Claims hold a connection while their leases are appended. */
  readonly dispatch: pg.Pool;
  readonly followers: pg.Pool;
  readonly timers: pg.Pool;
  /** Senders of webhooks look at their queue here. */
  readonly webhooks: pg.Pool;
  readonly health: pg.Pool;
  /** Bytes that are free where an embedded store keeps its data; null where the stores are elsewhere. */
  readonly freeBytes: (() => Promise<number>) | null;
  /** For connections that are kept for their session: elections and notifications. */
  readonly session: (name: string) => pg.ClientConfig;
  /** The read side's query builder. */
  readonly source: ReadSource;
  close(): Promise<void>;
}

/**
 * A frozen process, or one that the network has lost, keeps what its transactions hold until Postgres ends them for being
 * idle: timers, claimed jobs, a queue's turn. Longer than a batch of timers waits for its commands, and short enough for
 * another process to go on within ten seconds.
 */
const maxIdleMs = 7_000;

/** What an event store tells, and what it shares the process with. */
interface StoreSurroundings {
  readonly foreign: ForeignEvents;
  readonly loop: SharedLoop;
}

/** Throws `StartStopped` when the signal fires while it waits; a server of our own that it has started is stopped then. */
export async function openStorage(
  config: Config,
  log: Log,
  around: StoreSurroundings = { foreign: new ForeignEvents(() => undefined), loop: new SharedLoop() },
  stop?: AbortSignal,
): Promise<Storage> {
  const openOwn = (): Promise<EmbeddedPostgres> => openEmbeddedPostgres({ dataDir: config.dataDir, log });
  const embedded = needsEmbedded(config) ? await onceReachable('embedded Postgres', log, stop, openOwn) : null;
  try {
    return await unlessStopped(open(config, embedded, log, around, stop), stop);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

const needsEmbedded = ({ eventStore, databaseUrl }: Config): boolean =>
  eventStore === 'embedded' || databaseUrl === 'embedded';

async function open(
  config: Config,
  embedded: EmbeddedPostgres | null,
  log: Log,
  around: StoreSurroundings,
  stop: AbortSignal | undefined,
): Promise<Storage> {
  const own =
    embedded === null
      ? ''
      : await onceReachable('embedded Postgres', log, stop, () => embedded.createDatabase(embeddedDatabase));
  const url = config.databaseUrl === 'embedded' ? own : config.databaseUrl;
  const logUrl = config.eventStore === 'embedded' ? own : config.eventStore;
  const onError = (error: Error): void => {
    log.warn({ action: 'database_connection_lost', error_message: error.message });
  };
  const opened: (() => Promise<unknown>)[] = [];
  const pool = (name: string, max: number, statementTimeoutMs: number, openIt = openPool): pg.Pool => {
    const limits = { statementTimeoutMs, lockTimeoutMs: 8000, idleInTransactionMs: maxIdleMs };
    // A saga's write waits for the timers a batch holds, and that for the commands of the batch.
    const made = openIt({ connectionString: url, name, max, ...limits, onError });
    opened.push(() => made.end());
    return made;
  };
  await onceReachable('database', log, stop, () => prepare(url, 'forgerun_engine_migrations', onError));
  const shared = { names: new StreamNames(config.eventStoreNamespace), ...around };
  const store = await onceReachable('event store', log, stop, () => openEventStore(logUrl, shared, log, onError));
  opened.push(() => store.close());
  const place = placeOf(config.eventStore, config.eventStoreNamespace);
  const installation = await onceReachable('event store', log, stop, () =>
    withClient({ connectionString: url, name: 'setup', statementTimeoutMs: 5000, onError }, (client) =>
      settleInstallation(client, store, place, config.adoptLog),
    ),
  ).catch(async (error: unknown) => {
    await store.close();
    throw error instanceof DoesNotFit ? new InvalidConfig([error.message]) : error;
  });
  // The first look for the head is the long one where other programs wrote much, and nothing waits for it yet.
  await onceReachable('event store', log, stop, () => store.head());
  const source = await onceReachable('database', log, stop, () => openReadSource(url, readTables, onError));
  opened.push(() => source.destroy());
  const storage = {
    store,
    installation,
    source,
    api: pool('api', 10, 5000),
    dispatch: pool('dispatch', 4, 10_000, openQueuePool),
    followers: pool('followers', 4, 20_000, openFollowerPool),
    timers: pool('timers', 4, 20_000, openQueuePool),
    webhooks: pool('webhooks', 4, 10_000, openQueuePool),
    // Where one statement waits for a lock, the clock and the probes are answered on the other.
    health: pool('health', 2, 2000),
    freeBytes: embedded === null ? null : () => embedded.freeBytes(),
    session: (name: string) => clientConfig({ connectionString: url, name, onError, statementTimeoutMs: 5000 }),
  };
  return {
    ...storage,
    async close() {
      for (const end of opened.reverse()) await end();
      await embedded?.stop();
    },
  };
}

async function prepare(
  connectionString: string,
  migrationsTable: 'forgerun_engine_migrations' | 'forgerun_log_migrations',
  onError: (error: Error) => void,
): Promise<void> {
  await withClient({ connectionString, name: 'setup', statementTimeoutMs: 5000, onError }, refuseUnsafeSettings);
  const isLog = migrationsTable === 'forgerun_log_migrations';
  const migrations = isLog ? logMigrations : engineMigrations;
  const functions = isLog ? [] : [reserveQueueSlotsSql];
  await migrate({ connectionString, migrations, migrationsTable, functions, onError });
}

async function openEventStore(
  url: string,
  shared: StoreSurroundings & { readonly names: StreamNames },
  log: Log,
  onError: (error: Error) => void,
): Promise<EventStore> {
  if (/^esdb(\+discover)?:/.test(url)) {
    // Loaded only where it is used: it costs a sixth of a second.
    const { openEventStoreDb } = await import('../engine/event-store/eventstoredb/eventstoredb.event-store.js');
    const store = await openEventStoreDb(url, { ...shared, onError: throttledWarning(log) });
    try {
      await store.end();
      await refuseOldVersion(url);
      return store;
    } catch (error) {
      await store.close();
      throw await explained(url, error);
    }
  }
  await prepare(url, 'forgerun_log_migrations', onError);
  return await PostgresEventStore.open({ ...shared, connection: { connectionString: url }, onError });
}

async function refuseOldVersion(url: string): Promise<void> {
  const { refusedVersion } = await import('../engine/event-store/eventstoredb/explain-connection.js');
  // A server that has just been read and does not name its version is not away.
  const refused = await refusedVersion(url).catch(() => null);
  if (refused !== null) throw new InvalidConfig([refused]);
}

/** The same failure in words that name its cause, where there are any. */
async function explained(url: string, error: unknown): Promise<unknown> {
  if (!(error instanceof StoreUnavailable)) return error;
  const { explainConnection } = await import('../engine/event-store/eventstoredb/explain-connection.js');
  const { faults } = await explainConnection(url);
  return faults.length === 0 ? error : new StoreUnavailable(faults.join(' '), { cause: error });
}
