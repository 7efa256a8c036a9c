import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type pg from 'pg';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { type Config } from '../platform/config/config.js';
import { findPlace } from '../platform/postgres/embedded/cluster-place.js';
import {
  embeddedDatabase,
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '../platform/postgres/embedded/embedded-postgres.js';
import { unless } from '../platform/postgres/embedded/errno.js';
import { runningPostmaster } from '../platform/postgres/embedded/postmaster.js';
import { sqlStateIn } from '../platform/postgres/errors.js';
import { clientConfig, newClient, withClient } from '../platform/postgres/pools.js';
import { refuseUnsafeSettings, UnsafePostgres } from '../platform/postgres/refuse-unsafe-settings.js';
import { heardByTheQuestion, limits, lookAtInstallation, type StoreUrls } from './doctor-installation.js';
import { bad, type Finding, good, odd, reasonOf } from './doctor-machine.js';
import { lookAtSealingKey } from './doctor-sealing.js';

type Migrations = 'forgerun_log_migrations' | 'forgerun_engine_migrations';

/** Whether a start would use a Postgres of its own. */
export const isEmbedded = ({ eventStore, databaseUrl }: Config): boolean =>
  eventStore === 'embedded' || databaseUrl === 'embedded';

export async function* lookAtDatabases(config: Config): AsyncGenerator<Finding> {
  if (!isEmbedded(config)) {
    yield* lookAtStores(config, null);
    return;
  }
  let own: EmbeddedPostgres | null = null;
  try {
    own = await openExisting(config.dataDir);
  } catch (error) {
    yield bad(`the embedded database cannot be used: ${reasonOf(error)}`, 'Put that right, or set FORGERUN_DATA_DIR.');
    return;
  }
  try {
    yield good(
      `the embedded database ${own === null ? 'is not there yet; the first start makes it' : 'can be started'}`,
    );
    yield* lookAtStores(config, own);
  } finally {
    await own?.stop();
  }
}

/**
 * The embedded Postgres of a folder that has one, started if it is not running, as a start would do it; null: it has none.
 * Its `stop` leaves it as it was found, also when an engine has come to use it meanwhile.
 */
async function openExisting(dataDir: string): Promise<EmbeddedPostgres | null> {
  const traces = ['postgres', 'postgres.location', 'postgres.password'].map((name) => join(resolve(dataDir), name));
  const found = await Promise.all(traces.map((path) => unless(['ENOENT', 'ENOTDIR'], stat(path))));
  if (found.every((one) => one === undefined)) return null;
  const log = { info: () => undefined, warn: () => undefined };
  const leaveRunning = (await runningPostmaster(await findPlace({ dataDir, log }))) !== null;
  return await openEmbeddedPostgres({ dataDir, log, leaveRunning });
}

async function* lookAtStores(config: Config, own: EmbeddedPostgres | null): AsyncGenerator<Finding> {
  const { databaseUrl, eventStore } = config;
  const urls = { database: await urlOf(databaseUrl, own), log: await urlOf(eventStore, own) };
  let isWell = true;
  for await (const finding of lookAtEach(config, urls)) {
    isWell &&= finding.level !== 'fail';
    yield finding;
  }
  yield await lookAtSealingKey(config, isWell ? urls.database : null);
  if (isWell) yield* lookAtInstallation(config, urls);
}

/** Null: a database that the next start makes. */
async function urlOf(setting: string, own: EmbeddedPostgres | null): Promise<string | null> {
  if (setting !== 'embedded') return setting;
  if (own === null) return null;
  const connectionString = own.connectionString('postgres');
  const isThere = await withClient({ connectionString, ...limits, onError: heardByTheQuestion }, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [embeddedDatabase]);
    return rowCount !== 0;
  });
  return isThere ? own.connectionString(embeddedDatabase) : null;
}

async function* lookAtEach({ databaseUrl, eventStore }: Config, urls: StoreUrls): AsyncGenerator<Finding> {
  const isOne = eventStore === databaseUrl;
  const log = ['forgerun_log_migrations' as const];
  const kinds = ['forgerun_engine_migrations' as const, ...(isOne ? log : [])];
  const [name, variable] =
    databaseUrl === 'embedded'
      ? ['the embedded database', 'FORGERUN_DATA_DIR']
      : ['the database', 'FORGERUN_DATABASE_URL'];
  if (urls.database !== null) yield* lookAtDatabase(name, variable, urls.database, kinds);
  if (isOne || urls.log === null) return;
  if (eventStore.startsWith('esdb')) yield* lookAtEventStoreDb(eventStore);
  else yield* lookAtDatabase('the event store', 'FORGERUN_EVENT_STORE', urls.log, log);
}

async function* lookAtDatabase(
  name: string,
  variable: string,
  connectionString: string,
  kinds: readonly Migrations[],
): AsyncGenerator<Finding> {
  const onError = heardByTheQuestion;
  const client = newClient(clientConfig({ connectionString, ...limits, onError }), onError);
  try {
    await client.connect();
    yield good(`${name} lets itself be reached`);
    yield* lookAtSettings(name, client);
    yield* lookAtRights(name, client);
    for (const kind of kinds) yield await lookAtMigrations(name, client, kind);
    yield await lookAtClock(name, client);
  } catch (error) {
    yield bad(`${name} cannot be used (${reasonOf(error)})`, adviceFor(error, variable));
  } finally {
    await client.end();
  }
}

const mayNotCreate = 'Let the user create schemas and tables in that database: it must own it.';

function adviceFor(error: unknown, variable: string): string {
  const state = sqlStateIn(error) ?? '';
  if (state.startsWith('28')) return `Check the user and the password in ${variable}.`;
  if (state === '3D000') return `Create that database (encoding UTF8), or name another one in ${variable}.`;
  if (state.startsWith('42')) return mayNotCreate;
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

/** Every start asks for a schema that may be there already, and Postgres looks at the right first. */
async function* lookAtRights(name: string, client: pg.Client): AsyncGenerator<Finding> {
  const { rows } = await client.query<{ may: boolean; database: string }>(
    `select has_database_privilege(current_database(), 'CREATE') as may, current_database() as database`,
  );
  const [row] = rows;
  if (row?.may !== true) yield bad(`${name}: permission denied for database ${row?.database ?? ''}`, mayNotCreate);
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
    return odd(
      `${name} was changed by a newer release: ${strange.join(', ')}`,
      'Run that release or a later one: this one starts, for as long as the others are being replaced.',
    );
  const missing = known.length - rows.length;
  return good(
    missing === 0
      ? `${name} has every migration of ${part} (${known.length})`
      : `${name} lacks ${missing} of ${known.length} migrations of ${part}; the next start makes them`,
  );
}

const maxSkewMs = 1000;

async function lookAtClock(name: string, client: pg.Client): Promise<Finding> {
  const before = Date.now();
  const { rows } = await client.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const skewMs = Math.round((before + Date.now()) / 2 - (rows[0]?.ms ?? NaN));
  if (Math.abs(skewMs) <= maxSkewMs) return good(`this machine's clock and that of ${name} agree (${skewMs} ms)`);
  return odd(
    `this machine's clock is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${name}`,
    'Synchronise both with NTP. Times in ForgeRun are those of the database; other programs here see another time.',
  );
}

async function* lookAtEventStoreDb(connectionString: string): AsyncGenerator<Finding> {
  // Loaded only where it is used: it costs a sixth of a second.
  const { explainConnection } = await import('../engine/event-store/eventstoredb/explain-connection.js');
  const { server, faults, remarks } = await explainConnection(connectionString);
  for (const remark of remarks) yield odd(`the event store: ${remark}`, 'Correct FORGERUN_EVENT_STORE.');
  for (const fault of faults)
    yield bad(
      `the event store${server === null ? '' : ` (${server})`}: ${fault}`,
      'Check FORGERUN_EVENT_STORE and the server it names.',
    );
  if (server !== null && faults.length === 0)
    yield good(`the event store is ${server}; it answers, and lets its log be read`);
}
