import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from './errno.js';
import { processFacts } from './process-facts.js';
import { StillBusy } from './still-busy.js';
import { waitUntil } from './wait-until.js';

interface Holder {
  readonly pid: number;
  readonly startedAt: string | null;
  readonly host: string;
  readonly nonce: string;
}

/** When a holder that this machine cannot look up counts as gone: longer than any process holds the file. */
const holderTimeoutMs = 180_000;

/** Runs work while no other process does so under the same path; a holder that died is noticed and followed at once. */
export async function withExclusiveFile<Result>(
  path: string,
  work: () => Promise<Result>,
  forMs = 120_000,
): Promise<Result> {
  const startedAt = (await processFacts(process.pid))?.startedAt ?? null;
  const mine: Holder = { pid: process.pid, startedAt, host: hostname(), nonce: randomUUID() };
  const enter = async (): Promise<true | undefined> => {
    if (create(path, JSON.stringify(mine))) return true;
    const seen = read(path);
    if (seen !== null && !(await isHeld(path, seen))) await removeIfStill(path, seen);
    return undefined;
  };
  await waitUntil(enter, {
    forMs,
    everyMs: 25,
    otherwise: () => new StillBusy(`Another process has held ${path} for too long: ${read(path) ?? 'it just left'}`),
  });
  try {
    return await work();
  } finally {
    await removeIfStill(path, JSON.stringify(mine));
  }
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): string | null {
  return unlessMissing(() => readFileSync(path, 'utf8'));
}

function ageMs(path: string): number {
  return unlessMissing(() => Date.now() - statSync(path).mtimeMs) ?? 0;
}

function unlessMissing<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function isHeld(path: string, text: string): Promise<boolean> {
  const holder = holderIn(text);
  // Created but not written yet, or its writer died in between.
  if (holder === null) return ageMs(path) < 5_000;
  if (holder.host !== hostname()) return ageMs(path) < holderTimeoutMs;
  const facts = await processFacts(holder.pid);
  return facts !== null && facts.startedAt === holder.startedAt;
}

function holderIn(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/**
 * Two that find the same dead holder must not both remove: the second would remove the first one's new file. So looking
 * again and removing happens behind a second file, held for microseconds and never across an await.
 */
async function removeIfStill(path: string, text: string): Promise<void> {
  const guard = `${path}.remove`;
  const enter = (): Promise<true | undefined> => {
    const entered = create(guard, '');
    if (!entered && ageMs(guard) > 10_000) remove(guard);
    return Promise.resolve(entered ? true : undefined);
  };
  await waitUntil(enter, { forMs: 20_000, everyMs: 5, otherwise: () => new Error(`${guard} cannot be removed`) });
  try {
    if (read(path) === text) remove(path);
  } finally {
    remove(guard);
  }
}

function remove(path: string): void {
  unlessMissing(() => {
    unlinkSync(path);
  });
}
