import { resolve, join } from 'node:path';
import { stat } from 'node:fs/promises';
import type pg from 'pg';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import type { Config } from '../platform/config/config.js';
import { findPlace } from '../platform/postgres/embedded/cluster-place.js';
import { openEmbeddedPostgres } from '../platform/postgres/embedded/embedded-postgres.js';
import { unless } from '../platform/postgres/embedded/errno.js';
import { runningPostmaster } from '../platform/postgres/embedded/postmaster.js';
import { sqlStateIn } from '../platform/postgres/errors.js';
import { clientConfig, newClient } from '../platform/postgres/pools.js';
import { refuseUnsafeSettings, UnsafePostgres } from '../platform/postgres/refuse-unsafe-settings.js';
import { bad, type Finding, good, reasonOf } from './doctor-machine.js';

type Migrations = 'forgerun_log_migrations' | 'forgerun_engine_migrations';

/** Whether a start would use a Postgres of its own. */
export const isEmbedded = ({ eventStore, databaseUrl }: Config): boolean =>
  eventStore === 'embedded' || databaseUrl === 'embedded';

export async function* lookAtDatabases(config: Config): AsyncGenerator<Finding> {
  const { databaseUrl, eventStore } = config;
  const logInEmbedded = eventStore === 'embedded';
  if (isEmbedded(config)) {
    const kinds = [
      ...(logInEmbedded ? ['forgerun_log_migrations' as const] : []),
      ...(databaseUrl === 'embedded' ? ['forgerun_engine_migrations' as const] : []),
    ];
    try {
      yield* lookAtEmbedded(config.dataDir, kinds);
    } catch (error) {
      yield bad('the embedded database cannot be used', reasonOf(error));
    }
  }
  const isOneDatabase = eventStore === databaseUrl;
  if (databaseUrl !== 'embedded') {
    const log = isOneDatabase ? ['forgerun_log_migrations' as const] : [];
    yield* lookAtDatabase('the database', 'FORGERUN_DATABASE_URL', databaseUrl, ['forgerun_engine_migrations', ...log]);
  }
  if (logInEmbedded || isOneDatabase) return;
  if (eventStore.startsWith('esdb')) yield* lookAtEventStoreDb(eventStore);
  else yield* lookAtDatabase('the event store', 'FORGERUN_EVENT_STORE', eventStore, ['forgerun_log_migrations']);
}

async function* lookAtEmbedded(dataDir: string, kinds: readonly Migrations[]): AsyncGenerator<Finding> {
  const silent = { info: () => undefined, warn: () => undefined };
  if ((await unless(['ENOENT', 'ENOTDIR'], stat(join(resolve(dataDir), 'postgres.password')))) === undefined) {
    yield good('there is no embedded database yet; the first start makes it');
    return;
  }
  if ((await runningPostmaster(await findPlace({ dataDir, log: silent }))) === null) {
    yield good('the embedded database does not run at the moment; the next start starts it');
    return;
  }
  const running = await openEmbeddedPostgres({ dataDir, log: silent, leaveRunning: true });
  try {
    const url = running.connectionString('forgerun');
    yield* lookAtDatabase('the embedded database', 'FORGERUN_DATA_DIR', url, kinds);
  } finally {
    await running.stop();
  }
}

async function* lookAtDatabase(
  name: string,
  variable: string,
  connectionString: string,
  kinds: readonly Migrations[],
): AsyncGenerator<Finding> {
  // What breaks a connection also fails the question that was asked on it.
  const onError = (): void => undefined;
  const limits = { connectionString, name: 'doctor', statementTimeoutMs: 5000, connectTimeoutMs: 5000, onError };
  const client = newClient(clientConfig(limits), onError);
  try {
    await client.connect();
    yield good(`${name} lets itself be reached`);
    yield* lookAtSettings(name, client);
    for (const kind of kinds) yield await lookAtMigrations(name, client, kind);
    yield await lookAtClock(name, client);
  } catch (error) {
    yield bad(`${name} cannot be used (${reasonOf(error)})`, adviceFor(error, variable));
  } finally {
    await client.end();
  }
}

function adviceFor(error: unknown, variable: string): string {
  const state = sqlStateIn(error) ?? '';
  if (state.startsWith('28')) return `Check the user and the password in ${variable}.`;
  if (state === '3D000') return `Create that database (encoding UTF8), or name another one in ${variable}.`;
  if (state.startsWith('42')) return 'Let the user create schemas and tables in that database: it must own it.';
  return `Is Postgres running, and do host, port and TLS parameters in ${variable} lead to it?`;
}

async function* lookAtSettings(name: string, client: pg.Client): AsyncGenerator<Finding> {
  try {
    await refuseUnsafeSettings(client);
    yield good(`${name} has safe settings`);
  } catch (error) {
    if (!(error instanceof UnsafePostgres)) throw error;
    for (const fault of error.faults) yield bad(`${name} is not safe: ${fault}`, 'ForgeRun refuses to start on it.');
  }
}

async function lookAtMigrations(name: string, client: pg.Client, kind: Migrations): Promise<Finding> {
  const known = (kind === 'forgerun_log_migrations' ? logMigrations : engineMigrations).map((each) => each.name);
  const part = kind === 'forgerun_log_migrations' ? 'the event log' : 'the engine';
  const table = `forgerun_migrations.${kind}`;
  const { rows: tables } = await client.query<{ made: boolean }>('select to_regclass($1) is not null as made', [table]);
  if (tables[0]?.made !== true) return good(`${name} has no tables of ${part} yet; the next start makes them`);
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  const strange = rows.filter((row) => !known.includes(row.name)).map((row) => row.name);
  if (strange.length > 0)
    return bad(
      `${name} was changed by a newer release: ${strange.join(', ')}`,
      'Run that release or a later one; migrations only go forward.',
    );
  const missing = known.length - rows.length;
  return good(
    missing === 0
      ? `${name} has every migration of ${part} (${known.length})`
      : `${name} lacks ${missing} of ${known.length} migrations of ${part}; the next start makes them`,
  );
}

const mostSkewMs = 1000;

async function lookAtClock(name: string, client: pg.Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const skewMs = Math.round((before + Date.now()) / 2 - (rows[0]?.ms ?? NaN));
  if (Math.abs(skewMs) <= mostSkewMs) return good(`this machine's clock and that of ${name} agree (${skewMs} ms)`);
  return bad(
    `this machine's clock is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${name}`,
    'Synchronise both with NTP. Times in ForgeRun are those of the database; other programs here see another time.',
  );
}

async function* lookAtEventStoreDb(connectionString: string): AsyncGenerator<Finding> {
  // Loaded only where it is used: it costs a sixth of a second.
  const { explainConnection } = await import('../engine/event-store/eventstoredb/explain-connection.js');
  const { server, faults, remarks } = await explainConnection(connectionString);
  for (const remark of remarks) yield bad(`the event store: ${remark}`, 'Correct FORGERUN_EVENT_STORE.');
  for (const fault of faults)
    yield bad(
      `the event store${server === null ? '' : ` (${server})`}: ${fault}`,
      'Check FORGERUN_EVENT_STORE and the server it names.',
    );
  if (server !== null && faults.length === 0)
    yield good(`the event store is ${server}; it answers, and lets its log be read`);
}
