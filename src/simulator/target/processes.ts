import { readdir, readFile } from 'node:fs/promises';

/** Whether what runs on this machine can be looked up: only Linux shows it as files. */
export const canLookUp = process.platform === 'linux';

/** A process and those that it has started, itself first. */
export async function familyOf(pid: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (each) => [each, await parentOf(each)] as const));
  return [pid, ...parents.filter(([, parent]) => parent === pid).map(([each]) => each)];
}

/** The memory that a process holds, in MiB; null where that cannot be seen. */
export async function memoryOf(pid: number): Promise<number | null> {
  const text = canLookUp ? await textOf(`/proc/${pid}/status`) : '';
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? null : Number(kib) / 1_024;
}

/** Those that have ended meanwhile are passed over. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}

async function parentOf(pid: number): Promise<number | null> {
  const stat = await textOf(`/proc/${pid}/stat`);
  // The name in brackets may hold anything.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? Number.NaN) || null;
}

/** Empty where the process has ended. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
