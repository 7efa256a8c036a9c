import { execFile, spawnSync } from 'node:child_process';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { connect } from '../../src/engine/event-store/eventstoredb/connection.js';
import { onDatabase } from '../support/database-settings.js';
import { compiled } from '../support/compiled.js';
import { startTestEngine } from '../support/engine.js';
import { type EventStoreDbServer, startEventStoreDb } from '../support/eventstoredb/server.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

export type Env = Readonly<Record<string, string>>;

/** What a spec opened, closed last first. */
export class Opened {
  readonly #cleanups: (() => unknown)[] = [];

  add(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  async close(): Promise<void> {
    for (const each of this.#cleanups.splice(0).reverse()) await each();
  }

  async database(options?: { readonly empty: boolean }): Promise<TestDatabase> {
    const database = await testDatabase(options);
    this.add(() => database.drop());
    return database;
  }

  async server(options: Parameters<typeof startEventStoreDb>[0] = {}): Promise<EventStoreDbServer> {
    const server = await startEventStoreDb(options);
    this.add(() => server.stop());
    return server;
  }

  /** A database on which an engine has followed that log. */
  async lived(server: EventStoreDbServer): Promise<TestDatabase> {
    const database = await this.database();
    await live(database, server);
    return database;
  }
}

/** Runs an engine on both for as long as its followers need to come to what it has written. */
export async function live(database: TestDatabase, log: { readonly connectionString: string }, more: Env = {}) {
  const env = { ...on(database, log), FORGERUN_ROLES: 'api,projector,saga', ...more };
  const engine = await startTestEngine({ database, env });
  try {
    const { api } = await engine.api.newClient();
    await api.get('/v1/jobs');
    const reached = 'select 1 from forgerun_engine.checkpoints where position is not null';
    while ((await ask(database.connectionString, reached)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return engine.running.installation;
  } finally {
    await engine.stop();
  }
}

export const on = ({ connectionString }: TestDatabase, log: { readonly connectionString: string }): Env => ({
  ...onDatabase(connectionString),
  FORGERUN_EVENT_STORE: log.connectionString,
});

export async function ask(connectionString: string, ...queries: readonly string[]): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    let rows: readonly unknown[] = [];
    for (const query of queries) ({ rows } = await client.query<Record<string, unknown>>(query));
    return rows;
  } finally {
    await client.end();
  }
}

type Client = Awaited<ReturnType<typeof connect>>['client'];

/** Does to a log what its operator can do to it. */
export async function operate(
  { connectionString }: EventStoreDbServer,
  work: (client: Client) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(connectionString, { onError: () => undefined, connectionNumber: 2 });
  try {
    await work(connection.client);
  } finally {
    await connection.close();
  }
}

export interface Said {
  readonly exit: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** The command in a folder without a .env file of anybody's, in an environment without anybody's settings. */
export function runDoctor(folder: string, env: Env, under: readonly string[] = []): Promise<Said> {
  const command = [...under, process.execPath, compiled('test/support/forgerun.ts'), 'doctor'];
  const [program = process.execPath, ...args] = command;
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FORGERUN_')));
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...clean, FORGERUN_PORT: '0', ...env } };
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : Number(error.code), lines: stdout.trimEnd().split('\n'), stderr });
    });
  });
}

/** Commands with which a process meets another disk than this machine has, in one folder that only it sees so. */
export const onDisk = (mountOptions: string, folder: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o "$0" none "$1" && shift && exec "$@"'],
  ...[mountOptions, folder],
];

/** Whether this user may mount something that only a process of its own sees. */
export const canMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;

const isRoot = process.getuid?.() === 0;

/** A folder of another user's, and a command that takes from root what would let it in all the same. */
export async function forbidden(
  folder: string,
): Promise<{ readonly folder: string; readonly under: readonly string[] }> {
  const theirs = join(folder, 'theirs');
  await mkdir(theirs, { mode: isRoot ? 0o700 : 0 });
  if (!isRoot) return { folder: theirs, under: [] };
  await chown(theirs, 65_534, 65_534);
  return { folder: theirs, under: ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] };
}

/** Whether what root may do can be taken from it here. */
export const canForbid = !isRoot || spawnSync('setpriv', ['--version']).status === 0;
