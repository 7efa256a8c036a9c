import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type PostgresLog } from '../postgres-log.js';
import { type ClusterPlace } from './cluster-place.js';
import { unless } from './errno.js';
import { type NativeFolder, program } from './native-folder.js';
import { run } from './run.js';
import { failpoint } from '../../failpoints/failpoint.js';

/** Seconds on a quiet machine. Less than a holder of the turn may take. */
const initMs = 150_000;

export const superuser = 'forgerun';

/** Makes the cluster if there is none: beside its place, then moved in whole, so a half-made one is never used. */
export async function createCluster(
  place: ClusterPlace,
  native: NativeFolder,
  password: string,
  log: PostgresLog,
): Promise<void> {
  await sweep(place, log);
  const version = await unless(['ENOENT'], readFile(join(place.cluster, 'PG_VERSION'), 'utf8'));
  if (version !== undefined) {
    refuseOtherMajor(place, version.trim(), native);
    return;
  }
  if ((await unless(['ENOENT'], stat(place.cluster))) !== undefined) {
    throw new Error(
      `${place.cluster} exists but holds no Postgres cluster. Move it away, or set another FORGERUN_DATA_DIR.`,
    );
  }
  const began = performance.now();
  const nursery = `${place.cluster}.new-${randomBytes(6).toString('hex')}`;
  try {
    await initialise(nursery, place, native, password);
    failpoint('cluster.made');
    await rename(nursery, place.cluster);
  } catch (error) {
    await rm(nursery, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
  await syncFolder(dirname(place.cluster));
  failpoint('cluster.placed');
  log.info({
    action: 'embedded_postgres_created',
    cluster: place.cluster,
    duration_ms: Math.round(performance.now() - began),
  });
}

function refuseOtherMajor(place: ClusterPlace, version: string, native: NativeFolder): void {
  if (version === String(native.major)) return;
  throw new Error(
    `${place.cluster} was made by Postgres ${version}, and this ForgeRun carries Postgres ${native.major}, which cannot ` +
      `read it. Start the ForgeRun release that made it, or move the folder away to begin anew.`,
  );
}

/** What starts that were cut short have left. */
async function sweep(place: ClusterPlace, log: PostgresLog): Promise<void> {
  const folder = dirname(place.cluster);
  const prefix = `${basename(place.cluster)}.new-`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
    log.warn({ action: 'embedded_postgres_swept', folder: join(folder, name) });
  }
}

async function initialise(nursery: string, place: ClusterPlace, native: NativeFolder, password: string): Promise<void> {
  await mkdir(nursery, { mode: 0o700 });
  const passwordCopy = `${nursery}.password`;
  await writeFile(passwordCopy, password, { mode: 0o600 });
  if (place.user !== null) {
    await chown(nursery, place.user.uid, place.user.gid);
    await chown(passwordCopy, place.user.uid, place.user.gid);
  }
  try {
    const { code, output } = await run(
      program(native, 'initdb'),
      [
        `--pgdata=${nursery}`,
        `--username=${superuser}`,
        `--pwfile=${passwordCopy}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
      ],
      { user: place.user, forMs: initMs },
    );
    if (code !== 0) throw new Error(`initdb could not make ${place.cluster}: ${output.trim().slice(-2_000)}`);
  } finally {
    await rm(passwordCopy, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
