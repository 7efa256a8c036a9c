import { readFile, readlink } from 'node:fs/promises';
import { errnoOf, unless } from './errno.js';
import { run } from './run.js';

/** What distinguishes one process from a later one that was given the same number. */
interface ProcessFacts {
  readonly startedAt: string | null;
  readonly commandLine: string | null;
  /** The folder it works in, where the system shows it. */
  readonly folder: string | null;
}

/** Null when nothing runs under this number; a process that was killed but not yet buried does not run. */
export async function processFacts(pid: number): Promise<ProcessFacts | null> {
  if (!isListed(pid)) return null;
  if (process.platform === 'linux') return await fromProc(pid);
  if (process.platform === 'win32') return { startedAt: null, commandLine: null, folder: null };
  return await fromPs(pid);
}

function isListed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

const gone = ['ENOENT', 'ESRCH'];
const goneOrHidden = [...gone, 'EACCES', 'EPERM'];

async function fromProc(pid: number): Promise<ProcessFacts | null> {
  const stat = await unless(gone, readFile(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return null;
  // The name in brackets may hold anything; what follows the last bracket is state, parent, ... and, as 20th, the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const commandLine = await unless(goneOrHidden, readFile(`/proc/${pid}/cmdline`, 'utf8'));
  const folder = await unless(goneOrHidden, readlink(`/proc/${pid}/cwd`));
  return {
    startedAt: fields[19] ?? null,
    commandLine: commandLine?.replaceAll('\0', ' ').trim() ?? null,
    folder: folder ?? null,
  };
}

async function fromPs(pid: number): Promise<ProcessFacts | null> {
  const { code, output } = await run('ps', ['-o', 'stat=', '-o', 'lstart=', '-o', 'command=', '-p', String(pid)]);
  const [state = '', ...rest] = output.trim().split(/\s+/);
  if (code !== 0 || state === '' || state.startsWith('Z')) return null;
  return { startedAt: rest.slice(0, 5).join(' '), commandLine: rest.slice(5).join(' '), folder: null };
}
