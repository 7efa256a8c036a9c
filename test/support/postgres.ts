import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type MigrationInterface } from 'typeorm';
import { engineMigrations } from '../../migrations/engine.migrations.js';
import { logMigrations } from '../../migrations/log.migrations.js';
import { reserveQueueSlotsSql } from '../../src/dispatch/reserve-queue-slots.sql.js';
import { openEmbeddedPostgres } from '../../src/platform/postgres/embedded/embedded-postgres.js';
import { errnoOf } from '../../src/platform/postgres/embedded/errno.js';

export interface TestDatabase {
  readonly connectionString: string;
  /** What belongs to it and ends with it, such as a log that is kept elsewhere. */
  readonly companions: (() => Promise<void>)[];
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
}

/** A database of its own for one spec file: every migration applied, or none when empty. */
export async function testDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const connectionTo = await testServer();
  const template = empty ? 'template0' : await migratedTemplate(connectionTo);
  const name = `spec_${process.pid}_${randomBytes(4).toString('hex')}`;
  await ask(connectionTo('postgres'), `create database ${name} template ${template}`);
  const connectionString = connectionTo(name);
  const companions: TestDatabase['companions'] = [];
  const database: TestDatabase = {
    connectionString,
    companions,
    async drop() {
      databases.delete(name);
      for (const end of companions.splice(0)) await end();
      await ask(connectionTo('postgres'), `drop database if exists ${name} with (force)`);
    },
  };
  databases.set(name, database);
  return database;
}

const databases = new Map<string, TestDatabase>();

/**
 * What a test asks a database through. It has ended before the server knows of it, so the end of the database may still reach
 * its idle connections; to a statement that is under way such an end is told, as always.
 */
export const poolAt = (connectionString: string, max: number): pg.Pool =>
  new pg.Pool({ connectionString, max }).on('error', () => undefined);

/** The name that stays when a test puts something between an engine and its database. */
export const databaseNameIn = (connectionString: string): string => new URL(connectionString).pathname.slice(1);

/** The test database of this process that a connection string names. */
export function databaseAt(connectionString: string): TestDatabase {
  const database = databases.get(databaseNameIn(connectionString));
  if (database === undefined) throw new Error('there is no test database under that connection string');
  return database;
}

type ConnectionTo = (database: string) => string;

/**
 * One server for each worker process of a jest run, so that more workers never come to want more connections than a server
 * gives: the first spec there that wants it starts it, so a run of pure specs pays nothing. A watcher ends it with the run,
 * also when jest is killed with -9.
 */
async function testServer(): Promise<ConnectionTo> {
  const run = jestProcess();
  const dataDir = `/tmp/forgerun-test-${run}-${process.env['JEST_WORKER_ID'] ?? '1'}`;
  if (await isNew(dataDir)) watchOver(dataDir, run);
  const server = await openEmbeddedPostgres({ dataDir, leaveRunning: true, log: { info: silent, warn: silent } });
  // Taking leave ends the one connection this opened; the address stays good.
  await server.stop();
  return (database) => server.connectionString(database);
}

const silent = (): void => undefined;

/** Jest's own process, also when this is one of its workers. */
const jestProcess = (): number =>
  process.argv[1]?.includes(join('jest-worker', 'build')) === true ? process.ppid : process.pid;

async function isNew(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o711 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Comes before the server, so that no moment is left in which a kill leaves the server behind. */
function watchOver(dataDir: string, run: number): void {
  const script = `
    while kill -0 ${run} 2>/dev/null; do sleep 5; done
    pidfile=${dataDir}/postgres/postmaster.pid
    if [ -e "$pidfile" ]; then
      sockets=$(sed -n 5p "$pidfile")
      kill -INT "$(head -n 1 "$pidfile")"
      n=0; while [ -e "$pidfile" ] && [ $n -lt 200 ]; do sleep 0.1; n=$((n+1)); done
      case "$sockets" in /tmp/forgerun-*) rm -rf "$sockets";; esac
    fi
    rm -rf ${dataDir}`;
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

/** Named by what is in it, made once by the process that comes first, and shown under its name only when it is whole. */
async function migratedTemplate(connectionTo: ConnectionTo): Promise<string> {
  const name = `template_${fingerprint([...logMigrations, ...engineMigrations])}`;
  const admin = client(connectionTo('postgres'));
  await admin.connect();
  try {
    while (!(await isTrue(admin, 'select pg_try_advisory_lock(1) as yes'))) await sleep(25);
    if (await isTrue(admin, `select exists (select from pg_database where datname = '${name}') as yes`)) return name;
    const draft = `draft_${process.pid}_${randomBytes(4).toString('hex')}`;
    await admin.query(`create database ${draft} template template0`);
    await migrateAll(connectionTo(draft));
    await admin.query(`alter database ${draft} with allow_connections false`);
    await admin.query(`alter database ${draft} rename to ${name}`);
    return name;
  } finally {
    await admin.end();
  }
}

async function migrateAll(connectionString: string): Promise<void> {
  // Loaded here because TypeORM takes a second that specs with a ready template need not wait.
  const { migrate } = await import('../../src/platform/postgres/migrate.js');
  const shared = { connectionString, onError: rethrow };
  await migrate({ ...shared, migrations: logMigrations, migrationsTable: 'forgerun_log_migrations' });
  await migrate({
    ...shared,
    migrations: engineMigrations,
    migrationsTable: 'forgerun_engine_migrations',
    functions: [reserveQueueSlotsSql],
  });
}

function fingerprint(migrations: readonly (new () => MigrationInterface)[]): string {
  const hash = createHash('sha256');
  for (const migration of migrations) hash.update(`${migration.name}\n${migration.toString()}\n`);
  hash.update(reserveQueueSlotsSql);
  return hash.digest('hex').slice(0, 16);
}

async function ask(connectionString: string, statement: string): Promise<void> {
  const admin = client(connectionString);
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

async function isTrue(admin: pg.Client, question: string): Promise<boolean> {
  const { rows } = await admin.query<{ yes: boolean }>(question);
  return rows[0]?.yes === true;
}

function client(connectionString: string): pg.Client {
  return new pg.Client({ connectionString, application_name: `forgerun-test:${process.pid}` }).on('error', rethrow);
}

function rethrow(error: Error): never {
  throw error;
}
