import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { processFacts } from '../../platform/postgres/embedded/process-facts.js';
import { folderPrefix, type Owner, ownerFile } from './own-folder.js';
import { canLookUp, signalAll } from './processes.js';

const execute = promisify(execFile);

/**
 * Ends what a run has left behind that was ended with SIGKILL: its engines and its Postgres go on without it. They are known by
 * the folder that they work in; where processes cannot be looked up nothing is done.
 */
export async function clearForsakenRuns(base = tmpdir()): Promise<void> {
  if (!canLookUp) return;
  for (const name of await readdir(base)) {
    const folder = join(base, name);
    if (name.startsWith(folderPrefix) && (await isForsaken(folder))) await clear(folder);
  }
}

/** One of which nothing says whose it is may be in the making, or another user's. */
async function isForsaken(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, ownerFile), 'utf8').catch(() => null);
  if (text === null || text === '') return false;
  const { pid, startedAt } = JSON.parse(text) as Owner;
  const facts = await processFacts(pid);
  return facts === null || facts.startedAt !== startedAt;
}

async function clear(folder: string): Promise<void> {
  signalAll(await processesIn(folder), 'SIGKILL');
  // It has a disk of its own where it was to be filled.
  await execute('umount', ['--lazy', join(folder, 'postgres')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

async function processesIn(folder: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    pids.map(async (pid) =>
      `${await readlink(`/proc/${pid}/cwd`).catch(() => '')}${sep}`.startsWith(`${folder}${sep}`),
    ),
  );
  return pids.filter((_pid, index) => inside[index]);
}
