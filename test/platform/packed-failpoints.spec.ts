import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataDir } from '../support/engine-process.js';

/** What users install, unpacked. */
let shipped: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forgerun-packed-'));
  const packed = ran('npm', ['pack', '--json', '--offline', '--pack-destination', folder]);
  // What a build says comes first.
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [{ filename: string }];
  ran('tar', ['-xzf', join(folder, filename), '-C', folder]);
  shipped = join(folder, 'package');
  symlinkSync(resolve('node_modules'), join(shipped, 'node_modules'));
}, 600_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function ran(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

interface Run {
  readonly end: number | NodeJS.Signals;
  readonly said: string;
}

/** Starts the shipped engine with these variables and no others, and stops it once it is ready. */
async function start(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<Run> {
  const dataDir = await newDataDir();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(shipped, 'bin/forgerun.mjs'), 'start', ...args], {
    cwd: dataDir,
    env: { PATH, HOME, FORGERUN_PORT: '0', FORGERUN_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      if (!said.includes('forgerun ready') && (said + part).includes('forgerun ready')) child.kill('SIGTERM');
      said += part;
    });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { end: code ?? signal ?? 0, said };
}

const armed = { FORGERUN_FAILPOINTS: 'cluster.made=kill' };

describe('the engine as it is shipped', () => {
  it('has failpoints, which a test on a loopback address can arm', async () => {
    const { end, said } = await start({ ...armed, NODE_ENV: 'test', FORGERUN_HOST: '127.0.0.1' });
    expect([end, said]).toEqual(['SIGKILL', expect.stringMatching(/"failpoints_armed".*\n.*"failpoint_fires"/s)]);
  });

  it.each([
    ['without NODE_ENV', {}, 'NODE_ENV is not set'],
    ['in production', { NODE_ENV: 'production' }, 'NODE_ENV is production'],
    ['on all addresses', { NODE_ENV: 'test', FORGERUN_HOST: '0.0.0.0' }, 'FORGERUN_HOST is 0.0.0.0'],
    ['on a name', { NODE_ENV: 'test', FORGERUN_HOST: 'localhost' }, 'FORGERUN_HOST is localhost'],
    ['with a name that is none', { NODE_ENV: 'test', FORGERUN_FAILPOINTS: 'cluster.mad=kill' }, 'cluster.made, '],
  ] as const)('refuses to start with them %s', async (_where, env, reason) => {
    const { end, said } = await start({ ...armed, ...env });
    expect([end, said]).toEqual([78, expect.stringContaining(reason)]);
    expect(said).not.toContain('failpoints_armed');
  });

  it('arms none without the variable, also in a test', async () => {
    const { end, said } = await start({ NODE_ENV: 'test', FORGERUN_TEST_FAILPOINTS: armed.FORGERUN_FAILPOINTS });
    expect([end, said]).toEqual([0, expect.stringContaining('forgerun ready')]);
    expect(said).not.toMatch(/failpoint/);
  });

  it('has no option to arm them', async () => {
    const { end, said } = await start({ NODE_ENV: 'test' }, ['--failpoints', armed.FORGERUN_FAILPOINTS]);
    expect([end, said]).toEqual([1, expect.stringContaining('unknown option')]);
  });

  it('arms them in one place, which the configuration leads to', () => {
    const code = readdirSync(join(shipped, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    const mentioning = (word: string): string[] =>
      code.filter((name) => readFileSync(join(shipped, 'dist', name), 'utf8').includes(word)).sort();
    const own = (name: string): string => `src/platform/failpoints/${name}.js`;
    expect(mentioning('armFailpoints(')).toEqual(['src/cli/start.js', own('arm-failpoints')]);
    expect(mentioning('onFailpoints(')).toEqual([own('arm-failpoints'), own('failpoint')]);
    expect(mentioning("'FORGERUN_FAILPOINTS'")).toEqual(['src/platform/config/config.js']);
  });
});
