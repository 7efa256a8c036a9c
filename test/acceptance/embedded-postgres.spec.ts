import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { errnoOf } from '../../src/platform/postgres/embedded/errno.js';
import { installedNativeFolder } from '../../src/platform/postgres/embedded/native-folder.js';
import { waitUntil } from '../../src/platform/postgres/embedded/wait-until.js';
import { type ChildOptions, type ChildReport } from '../support/postgres-child.types.js';
import { spawnTs, type TsProcess } from '../support/spawn-ts.js';

const isRoot = process.getuid?.() === 0;
const clusters = new Set<string>();
const socketFolders = new Set<string>();
let base: string;

beforeAll(async () => {
  base = await mkdtemp('/tmp/forgerun-acceptance-');
  await chmod(base, 0o711);
});

afterAll(async () => {
  for (const cluster of clusters) {
    const pid = await postmasterOf(cluster);
    if (pid !== null) kill('SIGQUIT', pid);
    await until(async () => (await postmasterOf(cluster)) === null);
  }
  // A server that ended in order has removed its own.
  for (const folder of socketFolders) await rm(folder, { recursive: true, force: true });
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
});

describe('the embedded Postgres', () => {
  it('is made at the first start, for its owner only and in UTF-8', async () => {
    const { opened, child } = await open('kept');
    expect(opened).toMatchObject({
      adopted: false,
      actions: ['embedded_postgres_created', 'embedded_postgres_started'],
    });
    const [settings] = await ask(
      opened.connectionString,
      `select current_setting('server_encoding') as encoding, current_setting('lc_messages') as messages,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as tcp`,
    );
    expect(settings).toEqual({ encoding: 'UTF8', messages: 'C', fsync: 'on', commit: 'on', tcp: '' });
    await expect(ask(opened.connectionString.replace(/:[^:@]+@/, ':wrong@'), 'select')).rejects.toThrow('password');
    for (const [path, mode] of [
      ['kept/postgres', 0o700],
      ['kept/postgres.password', 0o600],
      [socketFolderIn(opened.connectionString), 0o700],
    ] as const) {
      expect((await stat(path.startsWith('/') ? path : join(base, path))).mode & 0o777).toBe(mode);
    }
    expect(await stop(child)).toContain('embedded_postgres_stopped');
    expect(await postmasterOf(clusterOf('kept'))).toBeNull();
  });

  it('outlives a process killed with -9 and is adopted by the next', async () => {
    const first = await open('kept');
    await ask(first.opened.connectionString, 'create table kept (n int)', 'insert into kept values (1)');
    await killed(first.child);
    const second = await open('kept');
    expect(second.opened.adopted).toBe(true);
    expect(await ask(second.opened.connectionString, 'select n from kept')).toEqual([{ n: 1 }]);
    await stop(second.child);
  });

  it('is back at the same address after its own death, while the process lives', async () => {
    const { opened, child } = await open('kept');
    await ask(opened.connectionString, 'insert into kept values (2)');
    await killServer('kept');
    await until(async () => {
      const rows = await ask(opened.connectionString, 'select n from kept order by n').catch(() => []);
      return rows.length === 2;
    });
    expect(await stop(child)).toContain('embedded_postgres_lost');
  });

  it('starts after process, postmaster and backends were all killed with -9', async () => {
    const first = await open('kept');
    await ask(first.opened.connectionString, 'insert into kept values (3)');
    await killed(first.child);
    await killServer('kept');
    const second = await open('kept');
    expect(second.opened.adopted).toBe(false);
    expect(await ask(second.opened.connectionString, 'select n from kept')).toHaveLength(3);
    await stop(second.child);
  });

  it('starts when an old postmaster.pid names a program that is no Postgres', async () => {
    const first = await open('kept');
    await killed(first.child);
    await killServer('kept');
    const file = join(clusterOf('kept'), 'postmaster.pid');
    const { uid, gid } = await stat(file);
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore', cwd: '/', ...(isRoot ? { uid, gid } : {}) });
    const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(bystander.pid), ...rest].join('\n'));
    const second = await open('kept');
    expect(second.opened.adopted).toBe(false);
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
    await stop(second.child);
  });

  it('tells which release can read a cluster of another major version', async () => {
    const version = join(clusterOf('kept'), 'PG_VERSION');
    const own = await readFile(version, 'utf8');
    await writeFile(version, '17\n');
    expect(await refused('kept')).toMatch(/made by Postgres 17.*carries Postgres 18/);
    await writeFile(version, own);
  });

  it('is made once by two first starts at once, and stops with the last that uses it', async () => {
    const both = await Promise.all([open('shared'), open('shared')]);
    expect(both.map(({ opened }) => opened.adopted).sort()).toEqual([false, true]);
    const [first, second] = both;
    expect(first.opened.connectionString).toBe(second.opened.connectionString);
    expect(await stop(first.child)).toContain('embedded_postgres_left_running');
    expect(await ask(second.opened.connectionString, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(await stop(second.child)).toContain('embedded_postgres_stopped');
    expect(await postmasterOf(clusterOf('shared'))).toBeNull();
  });

  it('is whole after a first start that was killed in the middle of initdb', async () => {
    const folder = join(base, 'halfway');
    const child = start({ dataDir: folder });
    await until(async () => {
      const nursery = (await names(folder)).find(
        (name) => name.startsWith('postgres.new-') && !name.endsWith('.password'),
      );
      return nursery !== undefined && (await names(join(folder, nursery))).includes('PG_VERSION');
    }, 2);
    await killed(child);
    const next = await open('halfway');
    expect(next.opened.actions).toContain('embedded_postgres_swept');
    expect(await names(folder)).not.toContainEqual(expect.stringContaining('.new-'));
    expect(
      await ask(next.opened.connectionString, 'select count(*) > 0 as whole from information_schema.tables'),
    ).toEqual([{ whole: true }]);
    await stop(next.child);
  });

  it('restores the library links that npm may not have made', async () => {
    const nativeFolder = join(base, 'package', 'native');
    await cp(await installedNativeFolder(), nativeFolder, { recursive: true, verbatimSymlinks: true });
    const listed = JSON.parse(await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8')) as { target: string }[];
    const links = listed.map(({ target }) => join(base, 'package', target));
    await Promise.all(links.map((link) => rm(link)));
    const { opened, child } = await open('shared', { nativeFolder });
    expect(opened.adopted).toBe(false);
    await Promise.all(links.map((link) => stat(link)));
    await stop(child);
  });

  // The same start behind a door that only root may pass; for anybody else it is an ordinary folder of their own.
  it('runs behind a folder that nobody else may enter', async () => {
    const locked = join(base, 'locked');
    const elsewhere = join(base, 'elsewhere');
    await mkdir(locked, { mode: 0o700 });
    await cp(await installedNativeFolder(), join(locked, 'native'), { recursive: true, verbatimSymlinks: true });
    const options = { elsewhere, nativeFolder: join(locked, 'native'), serverUsers: ['nobody'] };
    const first = await open('locked/data', options);
    const [row] = await ask(first.opened.connectionString, "select current_setting('data_directory') as folder");
    const folder = (row as { folder: string }).folder;
    clusters.add(folder);
    expect(folder.startsWith(isRoot ? elsewhere : locked)).toBe(true);
    expect((await stat(folder)).uid === process.getuid?.()).toBe(!isRoot);
    expect(first.opened.actions.includes('embedded_postgres_elsewhere')).toBe(isRoot);
    const copy = /^\/tmp\/forgerun-native-\w+/.exec(commandLineOf((await postmasterOf(folder)) ?? 0))?.[0];
    expect(copy !== undefined).toBe(isRoot);
    await killed(first.child);
    const second = await open('locked/data', options);
    expect(second.opened.adopted).toBe(true);
    await stop(second.child);
    expect(await postmasterOf(folder)).toBeNull();
    if (copy !== undefined) await rm(copy, { recursive: true });
  });
});

const clusterOf = (name: string): string => join(base, name, 'postgres');

const socketFolderIn = (connectionString: string): string => decodeURIComponent(new URL(connectionString).hostname);

function start(options: ChildOptions): TsProcess {
  clusters.add(join(options.dataDir, 'postgres'));
  return spawnTs('test/support/postgres-child.ts', [JSON.stringify(options)]);
}

async function open(name: string, options: Partial<ChildOptions> = {}) {
  const child = start({ dataDir: join(base, name), ...options });
  const opened = await report(child);
  if (!opened.opened) throw new Error(opened.fault);
  socketFolders.add(socketFolderIn(opened.connectionString));
  return { child, opened };
}

async function refused(name: string): Promise<string> {
  const child = start({ dataDir: join(base, name) });
  const answer = await report(child);
  await child.ended;
  return answer.opened ? 'opened' : (answer.fault ?? '');
}

const report = async (child: TsProcess): Promise<ChildReport> => JSON.parse(await child.line()) as ChildReport;

async function stop(child: TsProcess): Promise<readonly string[]> {
  child.say('stop');
  const { actions } = await report(child);
  expect(await child.ended).toBe(0);
  return actions;
}

async function killed({ child, ended }: TsProcess): Promise<void> {
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

/** The postmaster and every process it has started, all at once. */
async function killServer(name: string): Promise<void> {
  const postmaster = await postmasterOf(clusterOf(name));
  if (postmaster === null) throw new Error(`No server runs in ${name}`);
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const backends = rows.flatMap(([pid, parent]) => (pid !== undefined && parent === postmaster ? [pid] : []));
  for (const pid of [postmaster, ...backends]) kill('SIGKILL', pid);
}

function kill(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** By its file and by what runs under the number in it. */
async function postmasterOf(cluster: string): Promise<number | null> {
  try {
    const pid = Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    return commandLineOf(pid).includes(cluster) ? pid : null;
  } catch {
    // No such file, or no such process.
    return null;
  }
}

/** A process that was killed and not yet buried has none. */
const commandLineOf = (pid: number): string =>
  execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function until(check: () => Promise<boolean>, everyMs = 25): Promise<void> {
  const ask = async (): Promise<true | undefined> => ((await check()) ? true : undefined);
  await waitUntil(ask, { forMs: 20_000, everyMs, otherwise: () => new Error('It never came true') });
}

async function ask(connectionString: string, ...statements: readonly string[]): Promise<readonly object[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  client.on('error', () => undefined);
  try {
    let rows: readonly object[] = [];
    for (const statement of statements) rows = (await client.query<object>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
