import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterPlace } from './cluster-place.js';
import { unless } from './errno.js';
import { processFacts } from './process-facts.js';

/** A Postgres server that runs on a cluster, as its postmaster.pid says. */
export interface Postmaster {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly ready: boolean;
}

const pidFile = (place: ClusterPlace): string => join(place.cluster, 'postmaster.pid');

/** Null when no server runs on this cluster, whatever an old postmaster.pid says. */
export async function runningPostmaster(place: ClusterPlace): Promise<Postmaster | null> {
  const text = await unless(['ENOENT'], readFile(pidFile(place), 'utf8'));
  if (text === undefined) return null;
  // pid, folder, start, port, socket folder, listen address, shared memory, state
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0 || !(await isServerOf(place, pid))) return null;
  const port = Number(lines[3]);
  const host = lines[4] === undefined || lines[4] === '' ? (lines[5] ?? '') : lines[4];
  return { pid, host, port, ready: lines[7]?.trim() === 'ready' };
}

/** The number in an old postmaster.pid may meanwhile be another program's. */
async function isServerOf(place: ClusterPlace, pid: number): Promise<boolean> {
  const facts = await processFacts(pid);
  if (facts === null) return false;
  if (facts.folder !== null) return facts.folder === (await realpath(place.cluster));
  if (facts.commandLine === null) return true;
  return facts.commandLine.includes('postgres') && facts.commandLine.includes(place.cluster);
}

/** A number that no process has: above every system's largest pid, within Postgres' int. */
const noObserver = 2_147_483_646;

/**
 * Postgres refuses to start while the pid in an old postmaster.pid exists, though it may be a zombie that its parent
 * does not reap or an unrelated program. Only the number is replaced: the rest lets Postgres find backends that
 * outlived their postmaster.
 */
export async function disownOldFiles(place: ClusterPlace): Promise<void> {
  const text = await unless(['ENOENT'], readFile(pidFile(place), 'utf8'));
  if (text !== undefined && text.includes('\n')) {
    await writeFile(pidFile(place), [String(noObserver), ...text.split('\n').slice(1)].join('\n'));
  }
  await rm(join(place.socketFolder, `.s.PGSQL.${socketPort}`), { force: true });
  await rm(join(place.socketFolder, `.s.PGSQL.${socketPort}.lock`), { force: true });
}

/** Names the socket file; its folder belongs to one cluster, so no two servers meet. */
export const socketPort = 5432;
