import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Says so, and goes on until it is ended. */
const lasting = (said: string): string => `process.stderr.write('${said}'); setInterval(() => undefined, 1000);`;

describe('bin/forgerun.mjs', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'forgerun-bin-'));
    mkdirSync(join(root, 'dist/src/cli'), { recursive: true });
    cpSync('bin', join(root, 'bin'), { recursive: true });
    cpSync('scripts/node-version.mjs', join(root, 'scripts/node-version.mjs'), { recursive: true });
    put('package.json', '{"type":"module","engines":{"node":">=20.19.0"}}');
    put('dist/src/cli/forgerun.js', `${lasting('loading')} export const run = () => new Promise(() => undefined);`);
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const put = (file: string, text: string): void => {
    writeFileSync(join(root, file), text);
  };

  /** Runs a command, signals it once it has said the word, and tells how it and all that it started ended. */
  async function endOf(command: string, word: string, signal: NodeJS.Signals): Promise<unknown> {
    const child = spawn(process.execPath, [join(root, 'bin/forgerun.mjs'), command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      if (!text.includes(word) && (text + part).includes(word)) child.kill(signal);
      text += part;
    });
    // Not before the last process has closed the pipe.
    const [code, endedBy] = (await once(child, 'close')) as [number | null, string | null];
    return code ?? endedBy;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('ends a start with 0 at a %s before it listens itself', async (signal) => {
    expect(await endOf('start', 'loading', signal)).toBe(0);
  });

  it('ends a start with 0 while it is being built, and the build with it', async () => {
    mkdirSync(join(root, 'src'));
    cpSync('scripts/run-child.mjs', join(root, 'scripts/run-child.mjs'));
    const args = ['--eval', lasting('building')];
    put(
      'scripts/ensure-built.mjs',
      `import { runChild } from './run-child.mjs';
       export const ensureBuilt = () => runChild(process.execPath, ${JSON.stringify(args)});`,
    );
    expect(await endOf('start', 'building', 'SIGTERM')).toBe(0);
  });

  it('leaves the signals of the other commands alone', async () => {
    expect(await endOf('doctor', 'loading', 'SIGTERM')).toBe('SIGTERM');
  });
});
