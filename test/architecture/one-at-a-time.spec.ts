import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const script = pathToFileURL(join(process.cwd(), 'scripts/one-at-a-time.mjs')).href;

// Each process leaves two marks around its turn; marks of different processes must not mingle.
const turn = (file: string, marks: string): string => `
  import { appendFileSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { oneAtATime } from '${script}';
  await oneAtATime(${JSON.stringify(file)}, () => {}, async () => {
    for (let mark = 0; mark < 50; mark += 1) {
      appendFileSync(${JSON.stringify(marks)}, process.pid + '\\n');
      await setImmediate();
    }
  });`;

describe('one at a time', () => {
  let folder: string;
  let file: string;
  let marks: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forgerun-turn-'));
    file = join(folder, 'turn.pid');
    marks = join(folder, 'marks');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const enter = async (): Promise<void> => {
    await run(process.execPath, ['--input-type=module', '--eval', turn(file, marks)]);
  };

  const turnsTaken = (): number => {
    const pids = readFileSync(marks, 'utf8').trim().split('\n');
    return pids.filter((pid, index) => pid !== pids[index - 1]).length;
  };

  it('lets processes in one after the other, and leaves nothing behind', async () => {
    await Promise.all([enter(), enter(), enter(), enter()]);
    expect(turnsTaken()).toBe(4);
    expect(readdirSync(folder)).toEqual(['marks']);
  });

  it.each([
    ['has died', { pid: 2 ** 30, started: null, host: hostname() }],
    ['had an id that somebody else has now', { pid: process.pid, started: 'long ago', host: hostname() }],
  ])('passes over a holder that %s', async (_, holder) => {
    writeFileSync(file, JSON.stringify(holder));
    await Promise.all([enter(), enter()]);
    expect(turnsTaken()).toBe(2);
    expect(readdirSync(folder)).toEqual(['marks']);
  });
});
