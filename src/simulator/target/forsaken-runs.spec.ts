import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { processFacts } from '../../platform/postgres/embedded/process-facts.js';
import { clearForsakenRuns } from './forsaken-runs.js';
import { folderPrefix, type Owner, ownerFile } from './own-folder.js';

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'forgerun-forsaken-spec-'));
});
afterAll(async () => {
  await rm(base, { recursive: true, force: true });
});

/** A folder of a run, and a program that works in a folder of it. */
async function runOf(name: string, owner: Owner | null): Promise<ChildProcess> {
  const folder = join(base, `${folderPrefix}${name}`);
  const cwd = join(folder, 'postgres', 'postgres');
  await mkdir(cwd, { recursive: true });
  if (owner !== null) await writeFile(join(folder, ownerFile), JSON.stringify(owner));
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd, stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('what a run has left behind', () => {
  it('is ended and taken away once its simulator is gone, and nothing else is', async () => {
    const { pid } = process;
    const startedAt = (await processFacts(pid))?.startedAt ?? null;
    const forsaken = await runOf('forsaken', { pid, startedAt: 'before this one' });
    const running = await runOf('running', { pid, startedAt });
    const nameless = await runOf('nameless', null);
    const ended = once(forsaken, 'exit');
    await clearForsakenRuns(base);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect((await readdir(base)).toSorted()).toEqual(['nameless', 'running'].map((name) => `${folderPrefix}${name}`));
    for (const child of [running, nameless]) {
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
      child.kill('SIGKILL');
    }
  });
});
