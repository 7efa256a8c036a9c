import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lookAtNode } from '../../src/cli/doctor-machine.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'forgerun-node-'));
  for (const folder of ['bin', 'scripts']) cpSync(folder, join(root, folder), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
  mkdirSync(join(root, 'dist/src/cli'), { recursive: true });
  writeFileSync(join(root, 'dist/src/cli/forgerun.js'), "export const run = () => { console.log('runs'); };");
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

/** Runs one of the programs that come first, with a Node.js that says it is another. */
function under(
  version: string,
  ...args: readonly string[]
): Promise<{ exit: unknown; stdout: string; stderr: string }> {
  const other = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', other, ...args], { cwd: root }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

const sentence = (version: string): string =>
  `Node.js ${version} is not one that ForgeRun runs on. Install Node.js 20.19, 22.13, 24.11 or newer.\n`;

describe('a Node.js that ForgeRun does not run on', () => {
  it('gets a sentence from npm start, before anything is installed, and from the program', async () => {
    for (const program of ['scripts/ensure-deps.mjs', 'bin/forgerun.mjs'])
      expect(await under('18.20.8', program, 'start')).toEqual({
        exit: 1,
        stdout: '',
        stderr: `forgerun: ${sentence('18.20.8')}`,
      });
  });

  it('gets a line of the doctor', async () => {
    const { what, then } = lookAtNode('18.20.8');
    expect(await under('18.20.8', 'bin/forgerun.mjs', 'doctor')).toEqual({
      exit: 1,
      stdout: `fail  ${what}\n      -> ${then ?? ''}\n`,
      stderr: '',
    });
  });

  it('is the same one for the program and for the doctor', async () => {
    const versions = ['18.20.8', '20.18.3', '20.19.0', '21.7.3', '22.12.0', '22.13.0', '23.11.1', '24.10.0', '24.11.0'];
    for (const version of [...versions, '26.0.0']) {
      const isWell = lookAtNode(version).then === undefined;
      const { stdout, stderr } = await under(version, 'bin/forgerun.mjs', 'start');
      expect([version, stdout + stderr]).toEqual([version, isWell ? 'runs\n' : `forgerun: ${sentence(version)}`]);
    }
  });
});
