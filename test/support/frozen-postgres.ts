import { spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Stops every process of the embedded Postgres in a data folder; the answer lets them go on. */
export async function freezePostgres(dataDir: string): Promise<() => void> {
  const pidFile = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
  const postmaster = Number(pidFile.split('\n')[0]);
  // First the one that would start more of them.
  process.kill(postmaster, 'SIGSTOP');
  const all = [postmaster, ...(await childrenOf(postmaster))];
  signal(all, 'SIGSTOP');
  thawAfter(process.pid, all);
  return () => {
    signal(all.reverse(), 'SIGCONT');
  };
}

/** The safety net for a test process that is killed: what is stopped cannot be ended by those who clean up. */
function thawAfter(pid: number, all: readonly number[]): void {
  const script = `while kill -0 ${pid} 2>/dev/null; do sleep 5; done; kill -CONT ${all.join(' ')} 2>/dev/null`;
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The name in brackets may hold anything.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch (error) {
      // It has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
}
