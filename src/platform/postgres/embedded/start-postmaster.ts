import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, lstat, mkdir, open, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type ClusterPlace } from './cluster-place.js';
import { unless } from './errno.js';
import { type NativeFolder, program } from './native-folder.js';
import { disownOldFiles, type Postmaster, runningPostmaster, socketPort } from './postmaster.js';
import { cleanEnvironment, run, spawnedAs } from './run.js';
import { StillBusy } from './still-busy.js';
import { waitUntil } from './wait-until.js';

const startMs = 60_000;
const onWindows = process.platform === 'win32';

/** Starts the server apart from this process, so that it outlives it, and waits until it takes connections. */
export async function startPostmaster(place: ClusterPlace, native: NativeFolder): Promise<Postmaster> {
  if (!onWindows) await prepareSocketFolder(place);
  const deadline = performance.now() + startMs;
  const attempt = async (): Promise<Postmaster | undefined> => {
    await disownOldFiles(place);
    const outcome = await launch(place, native, deadline - performance.now());
    if (typeof outcome !== 'string') return outcome;
    // Backends of a killed postmaster leave within moments; until then Postgres guards the cluster against a second server.
    if (/already exists|still in use/.test(outcome)) return undefined;
    throw new Error(`The embedded Postgres did not start: ${outcome}`);
  };
  return await waitUntil(attempt, {
    forMs: startMs,
    everyMs: 100,
    otherwise: () =>
      new Error(`Processes of an earlier Postgres still use ${place.cluster}; end them and start again.`),
  });
}

export async function waitUntilReady(place: ClusterPlace, running: Postmaster): Promise<Postmaster | null> {
  if (running.ready) return running;
  const look = async (): Promise<Postmaster | null | undefined> => {
    const now = await runningPostmaster(place);
    return now === null || now.ready ? now : undefined;
  };
  return await waitUntil(look, { forMs: startMs, everyMs: 15, otherwise: () => stillRecovering(place) });
}

const stillRecovering = (place: ClusterPlace): Error =>
  new StillBusy(`The embedded Postgres still recovers after ${startMs / 1000} s; it goes on. See ${place.logFile}`);

function settings(place: ClusterPlace, tcpPort: number | null): readonly string[] {
  const where =
    tcpPort === null
      ? { listen_addresses: '', unix_socket_directories: place.socketFolder, port: socketPort }
      : { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: tcpPort };
  const all = {
    ...where,
    unix_socket_permissions: '0700',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    jit: 'off',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The server once it is ready, or what it said before it went. */
async function launch(place: ClusterPlace, native: NativeFolder, forMs: number): Promise<Postmaster | string> {
  const start = await logStart(place);
  const tcpPort = onWindows ? await freePort() : null;
  const args = ['-D', place.cluster, ...settings(place, tcpPort)];
  if (onWindows) {
    // pg_ctl gives up administrator rights, with which Postgres refuses to run.
    const options = args
      .slice(2)
      .map((arg) => `"${arg}"`)
      .join(' ');
    await run(program(native, 'pg_ctl'), ['start', '-D', place.cluster, '-W', '-l', place.logFile, '-o', options]);
  }
  const child = onWindows ? null : await detached(place, program(native, 'postgres'), args);
  const look = async (): Promise<Postmaster | string | undefined> => {
    const running = await runningPostmaster(place);
    if (running?.ready === true) return running;
    return child?.gone() === true ? await logSince(place, start) : undefined;
  };
  return await waitUntil(look, { forMs, everyMs: 15, otherwise: () => stillRecovering(place) });
}

async function detached(
  place: ClusterPlace,
  command: string,
  args: readonly string[],
): Promise<{ gone: () => boolean }> {
  const log = await open(place.logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      ...spawnedAs(place.user),
      env: cleanEnvironment(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let gone = false;
    child.on('exit', () => (gone = true));
    child.unref();
    await once(child, 'spawn');
    return { gone: () => gone };
  } finally {
    await log.close();
  }
}

async function prepareSocketFolder({ socketFolder, user }: ClusterPlace): Promise<void> {
  await unless(['EEXIST'], mkdir(socketFolder, { mode: 0o700 }));
  const found = await lstat(socketFolder);
  // All users share the temp folder: a folder that another user has put there could show us another server.
  const owners = [process.getuid?.(), user?.uid];
  if (!found.isDirectory() || !owners.includes(found.uid)) {
    throw new Error(`${socketFolder} belongs to somebody else (uid ${found.uid}); remove it`);
  }
  if (user !== null) await chown(socketFolder, user.uid, user.gid);
  await chmod(socketFolder, 0o700);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1');
  return address.port;
}

/** The log is begun anew when it has grown large; an old server that still writes appends behind the cut. */
async function logStart({ logFile }: ClusterPlace): Promise<number> {
  const size = (await unless(['ENOENT'], stat(logFile)))?.size ?? 0;
  if (size < 16 * 1024 * 1024) return size;
  await truncate(logFile);
  return 0;
}

async function logSince({ logFile }: ClusterPlace, start: number): Promise<string> {
  const log = await open(logFile, 'r');
  try {
    const { buffer, bytesRead } = await log.read(Buffer.alloc(4_096), 0, 4_096, start);
    const text = buffer.toString('utf8', 0, bytesRead).trim();
    return text === '' ? `it said nothing; see ${logFile}` : text;
  } finally {
    await log.close();
  }
}
