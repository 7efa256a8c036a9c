import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type PostgresLog } from '../postgres-log.js';
import { errnoOf, unless } from './errno.js';
import { canEnter, findServerUser, isRoot } from './find-server-user.js';
import { commonTemp } from './native-folder.js';
import { type ServerUser } from './server-user.js';

/** Where one cluster and everything around it lives. */
export interface ClusterPlace {
  readonly cluster: string;
  readonly socketFolder: string;
  readonly logFile: string;
  readonly passwordFile: string;
  /** One process at a time may create, start or stop the cluster: the one that holds this file. */
  readonly turnFile: string;
  readonly user: ServerUser | null;
}

export interface PlaceOptions {
  readonly dataDir: string;
  readonly log: PostgresLog;
  readonly serverUsers?: readonly string[];
  /** Where clusters go whose data folder the server's account cannot reach. */
  readonly elsewhere?: string;
}

export async function findPlace(options: PlaceOptions): Promise<ClusterPlace> {
  const wanted = resolve(options.dataDir);
  // As root the server's own account has to pass through; what is secret in here has mode 0600 of its own.
  await makeFolder(wanted, isRoot() ? 0o711 : 0o700);
  const dataDir = await realpath(wanted);
  const named = await findServerUser(options.serverUsers);
  const cluster = await findCluster(dataDir, named, options);
  const user = await ownerOf(cluster, named);
  const key = createHash('sha256').update(cluster).digest('hex').slice(0, 16);
  return {
    cluster,
    socketFolder: join(commonTemp(), `forgerun-${key}`),
    logFile: join(dataDir, 'postgres.log'),
    passwordFile: join(dataDir, 'postgres.password'),
    turnFile: join(dataDir, 'postgres.turn'),
    user,
  };
}

const pointerIn = (dataDir: string): string => join(dataDir, 'postgres.location');

/** Where the cluster of a data folder has gone; null: nowhere. */
async function movedCluster(dataDir: string): Promise<string | null> {
  return (await unless(['ENOENT', 'ENOTDIR'], readFile(pointerIn(dataDir), 'utf8')))?.trim() ?? null;
}

/** The cluster that a data folder has; null: none yet. */
export async function existingCluster(dataDir: string): Promise<string | null> {
  const cluster = (await movedCluster(dataDir)) ?? join(dataDir, 'postgres');
  return (await unless(['ENOENT', 'ENOTDIR'], stat(cluster))) === undefined ? null : cluster;
}

/** With the folders above it. Node's own way to do so tries for ever where a folder is there and takes nothing, as /proc. */
async function makeFolder(path: string, mode: number): Promise<void> {
  const make = (): Promise<true | undefined> =>
    unless(
      ['EEXIST'],
      mkdir(path, { mode }).then(() => true),
    );
  try {
    await make();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await make();
  }
}

async function findCluster(dataDir: string, user: ServerUser | null, options: PlaceOptions): Promise<string> {
  const moved = await movedCluster(dataDir);
  if (moved !== null) return moved;
  const here = join(dataDir, 'postgres');
  if (user === null || (await opensUp(dataDir, user))) return here;
  const base = options.elsewhere ?? '/var/lib/forgerun';
  const elsewhere = join(base, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  await makeFolder(elsewhere, 0o711);
  if (!(await opensUp(base, user)) || !(await opensUp(elsewhere, user))) {
    throw new Error(
      `The account that Postgres runs as (uid ${user.uid}) can enter neither ${dataDir} nor ${elsewhere}. ` +
        'Set FORGERUN_DATA_DIR to a folder whose parents let every account pass.',
    );
  }
  const there = join(elsewhere, 'postgres');
  await writeWhole(pointerIn(dataDir), `${there}\n`);
  options.log.warn({
    action: 'embedded_postgres_elsewhere',
    reason: `the account Postgres runs as (uid ${user.uid}) cannot enter the data folder`,
    data_dir: dataDir,
    cluster: there,
  });
  return there;
}

async function opensUp(dataDir: string, user: ServerUser): Promise<boolean> {
  if (await canEnter(dataDir, user)) return true;
  const { mode } = await stat(dataDir);
  if ((mode & 0o001) !== 0) return false;
  // Only the folder that is ours is opened, and only if that is what was missing.
  await chmod(dataDir, mode | 0o011);
  if (await canEnter(dataDir, user)) return true;
  await chmod(dataDir, mode);
  return false;
}

/** A cluster keeps the owner it was made with, also when root starts it later. */
async function ownerOf(cluster: string, user: ServerUser | null): Promise<ServerUser | null> {
  const existing = process.getuid === undefined ? undefined : await unless(['ENOENT'], stat(cluster));
  if (existing === undefined) return user;
  if (user !== null) return { uid: existing.uid, gid: existing.gid };
  if (existing.uid !== process.getuid?.()) {
    throw new Error(
      `${cluster} belongs to another user (uid ${existing.uid}). Start ForgeRun as that user, or as root.`,
    );
  }
  return null;
}

/** Made up once, and kept where only this user reads it. */
export async function passwordOf(place: ClusterPlace): Promise<string> {
  const kept = await unless(['ENOENT'], readFile(place.passwordFile, 'utf8'));
  if (kept !== undefined) return kept.trim();
  if ((await unless(['ENOENT'], stat(place.cluster))) !== undefined) {
    throw new Error(
      `${place.passwordFile} is missing, and without it nobody can log in to ${place.cluster}. Put it back.`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  await writeWhole(place.passwordFile, `${password}\n`);
  return password;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const own = `${path}.${process.pid}`;
  await writeFile(own, text, { mode: 0o600, flush: true });
  await rename(own, path);
}
