import { access, constants, lstat, mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { existingCluster } from '../platform/postgres/embedded/cluster-place.js';
import { errnoOf, unless } from '../platform/postgres/embedded/errno.js';
import { findServerUser } from '../platform/postgres/embedded/find-server-user.js';
import { installedNativeFolder, prepareNativeFolder } from '../platform/postgres/embedded/native-folder.js';

/**
 * One line of the doctor's, and what to do about it. `fail` is what a start would end with, or wait for; whatever a start
 * bears and a person should know is `warn`.
 */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly then?: string;
}

export const good = (what: string): Finding => ({ level: 'ok', what });
export const odd = (what: string, then: string): Finding => ({ level: 'warn', what, then });
export const bad = (what: string, then: string): Finding => ({ level: 'fail', what, then });

export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses fails with one error for each, and no message of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error.message;
};

/** The lines of Node.js that the program is made for; package.json says the same. */
const lines: readonly (readonly [major: number, minor: number])[] = [
  [20, 19],
  [22, 13],
  [24, 11],
];

export function lookAtNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > 24 || lines.some(([line, least]) => major === line && minor >= least);
  if (fits) return good(`Node.js ${version}`);
  return bad(`Node.js ${version} is not one that ForgeRun runs on`, 'Install Node.js 20.19, 22.13, 24.11 or newer.');
}

const letItWrite = 'Let this user write there, or name another folder with FORGERUN_DATA_DIR.';
const makeRoom = 'Make room on that disk, or name a folder on another one with FORGERUN_DATA_DIR.';

/** What to do about a folder or a disk, by the code with which the system refused it. */
export const folderAdvice: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'ELOOP', 'ENAMETOOLONG'].map((code) => [
      code,
      letItWrite,
    ]),
  ),
  ENOSPC: makeRoom,
  EDQUOT: makeRoom,
};

const mebibyte = 1024 * 1024;
/** An empty cluster takes half of it, and Postgres ends when it cannot write its log. */
const leastForNewCluster = 100 * mebibyte;
const leastForCluster = 16 * mebibyte;

/** Makes a folder in there and takes it away again: rights do not show what /proc or a network disk takes. */
export async function lookAtDataDir(dataDir: string): Promise<Finding> {
  const wanted = resolve(dataDir);
  try {
    const there = await nearestExisting(wanted);
    if (!(await stat(there)).isDirectory()) return bad(`${there} is not a folder`, letItWrite);
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
    await rmdir(await mkdtemp(join(there, '.forgerun-')));
    const lack = await lackOfRoom(wanted, there);
    if (lack !== null) return bad(lack, makeRoom);
    return good(there === wanted ? `the data folder ${wanted} can be written to` : `${wanted} can be made`);
  } catch (error) {
    const then = folderAdvice[errnoOf(error) ?? ''] ?? letItWrite;
    const reason = reasonOf(error).replace(/, mkdtemp .*/, '');
    return bad(`the data folder ${wanted} cannot be written to (${reason})`, then);
  }
}

async function lackOfRoom(dataDir: string, there: string): Promise<string | null> {
  const cluster = await existingCluster(dataDir);
  const { blocks, bavail, bsize } = await statfs(cluster ?? there);
  const free = bavail * bsize;
  // Some file systems do not report it.
  if (blocks === 0 || free >= (cluster === null ? leastForNewCluster : leastForCluster)) return null;
  const needs =
    cluster === null
      ? `a new database needs ${leastForNewCluster / mebibyte} MiB`
      : `its database needs ${leastForCluster / mebibyte} MiB to start`;
  return `${Math.floor(free / mebibyte)} MiB are free for the data folder ${dataDir}, and ${needs}`;
}

async function nearestExisting(folder: string): Promise<string> {
  // A link that leads nowhere is there, and nothing can be made in its place.
  if ((await unless(['ENOENT', 'ENOTDIR'], lstat(folder))) !== undefined) return folder;
  return await nearestExisting(dirname(folder));
}

export async function lookAtPrograms(): Promise<Finding> {
  try {
    const { major } = await prepareNativeFolder(await installedNativeFolder(), await findServerUser());
    return good(`the embedded Postgres ${major} runs on this machine`);
  } catch (error) {
    return bad('the embedded Postgres does not run on this machine', reasonOf(error));
  }
}

export async function lookAtPort(host: string, port: number): Promise<Finding> {
  try {
    await listenOnce(host, port);
    return good(port === 0 ? `a free port of ${host} will be taken` : `port ${port} of ${host} is free`);
  } catch (error) {
    if (errnoOf(error) === 'EADDRINUSE')
      return bad(`port ${port} of ${host} is taken`, 'Is ForgeRun running already? Stop it, or set FORGERUN_PORT.');
    return bad(
      `nobody can listen on port ${port} of ${host} (${reasonOf(error)})`,
      'Check FORGERUN_HOST and FORGERUN_PORT.',
    );
  }
}

function listenOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}
