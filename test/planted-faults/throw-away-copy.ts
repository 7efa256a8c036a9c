import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const leftOut = new Set(['.git', '.forgerun', 'coverage', 'dist', 'node_modules']);

/** A copy of the repository that faults are planted in, so that the working tree is never touched. */
export async function throwAwayCopy(): Promise<string> {
  const root = process.cwd();
  const folder = await throwAwayFolder();
  await cp(root, folder, { recursive: true, filter: (source) => source === root || !leftOut.has(basename(source)) });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

export async function throwAwayFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forgerun-plant-'));
  watchOver(folder);
  return folder;
}

export const throwAway = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 });

/** Ends what runs in the copy and removes it when this process is killed with -9. */
function watchOver(folder: string): void {
  const script = `
    while kill -0 ${process.pid} 2>/dev/null && [ -e ${folder} ]; do sleep 5; done
    while [ -e ${folder} ]; do
      for each in /proc/[0-9]*; do
        [ "$(readlink "$each/cwd" 2>/dev/null)" = ${folder} ] && kill -KILL "\${each#/proc/}"
      done
      rm -rf ${folder} || sleep 0.5
    done`;
  spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}
