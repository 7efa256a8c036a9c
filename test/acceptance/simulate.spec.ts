import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { invariants } from '../../src/simulator/judge/judge.js';
import { logInvariants } from '../../src/simulator/judge/log/judge-log.js';
import { runInvariants } from '../../src/simulator/judge/run/judge-run.js';
import { type Report } from '../../src/simulator/report/report.js';
import { pause } from '../../src/platform/async/pause.js';
import { compiled } from '../support/compiled.js';

// It starts an engine, sends traffic for ten seconds, and waits for its ends: minutes where everything else runs as well.
jest.setTimeout(600_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-simulate-spec-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(...args: readonly string[]): Promise<Ended> {
  const { FORGERUN_API_KEY: _, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [compiled('test/support/forgerun.ts'), 'simulate', ...args],
      { env: { ...env, FORGERUN_SYNTHETIC_TIME_SCALE: '0.02' }, cwd: folder },
      (_error, stdout, stderr) => {
        resolve({ exit: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

/** Until a file that is being written says so. */
async function until(file: string, wanted: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = existsSync(file) ? wanted.exec(await readFile(file, 'utf8')) : null;
    if (found !== null) return found;
    await pause(20);
  }
}

describe('forgerun simulate', () => {
  it('starts an engine, finds nothing wrong with it, and leaves a report of one page', async () => {
    const report = join(folder, 'report');
    const thresholds = join(folder, 'thresholds.json');
    await writeFile(thresholds, JSON.stringify({ broken_promises_total: 0, jobs_finished_total: { min: 20 } }));
    const args = ['--seed', '5', '--minutes', '0.17', '--clients', '3', '--report', report, '--thresholds', thresholds];
    const { exit, stdout, stderr } = await simulate(...args);
    expect([exit, stdout, stderr]).toEqual([0, expect.stringContaining('passed'), expect.any(String)]);

    const told = JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as Report;
    expect(told).toMatchObject({ outcome: 'passed', run: { profile: 'standard', seed: 5, clients: 3 } });
    expect(told.invariants.map(({ invariant, faultCount }) => [invariant, faultCount])).toEqual(
      [...invariants, ...runInvariants, ...logInvariants].map(({ name }) => [name, 0]),
    );
    const bounds = told.thresholds.map(({ figure, min, max, isKept }) => [figure, min, max, isKept]);
    expect(bounds).toEqual([
      ['errors_per_thousand_calls', null, 10, true],
      ['submits_taken_per_thousand', 990, null, true],
      ['engines_ended_total', null, 0, true],
      ['broken_promises_total', null, 0, true],
      ['jobs_finished_total', 20, null, true],
    ]);
    expect(told.notRun.map(({ what }) => what)).toContain('chaos');
    // A run in which nothing happened proves nothing.
    for (const figure of ['jobs_finished_total', 'malformed_total', 'repeats_total', 'webhook_requests_total'])
      expect([figure, told.figures[figure]]).toEqual([figure, expect.any(Number)]);
    expect(told.figures['jobs_finished_total']).toBeGreaterThan(20);
    for (const { submits } of told.clients) expect(submits).toBeGreaterThan(5);

    const html = await readFile(join(report, 'report.html'), 'utf8');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/<(script|link|img|iframe)|@import|url\(|(src|href)=/);
    const lines = (await readFile(join(report, 'records.jsonl'), 'utf8')).trimEnd().split('\n');
    const kinds = new Set(lines.map((line) => (JSON.parse(line) as { kind: string }).kind));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['change', 'end', 'lease', 'malformed', 'received', 'submit']),
    );
  });

  it('lets things go wrong under engines of its own, by a script, and finds every promise kept', async () => {
    const report = join(folder, 'chaos');
    const script = 'kill@1,store-kill@3,cut@5+2,failpoint@6+1,clock@8+1,upgrade@9';
    const args = ['--seed', '3', '--minutes', '0.2', '--clients', '2', '--report', report, '--chaos', script];
    const { exit, stdout, stderr } = await simulate(...args);
    expect([exit, stdout, stderr]).toEqual([0, expect.stringContaining('passed'), expect.any(String)]);

    const told = JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as Report;
    expect(told.run.engine).toContain('three engines');
    expect(told.faults.map(({ name }) => name)).toEqual(['kill', 'store-kill', 'cut', 'failpoint', 'clock']);
    // A busy machine may be done before it has shown how it recovered from the last one.
    for (const { name, recoveryMs } of told.faults.slice(0, -1))
      expect([name, recoveryMs]).toEqual([name, expect.any(Number)]);
    expect(told.notRun.map(({ what }) => what)).toContain('the fault upgrade');
    expect(told.figures['faults_total']).toBe(5);
    expect(await readFile(join(report, 'report.html'), 'utf8')).toContain('What went wrong on purpose');
  });

  it('judges an engine that ended by itself, starts it again, and does not let it pass', async () => {
    const report = join(folder, 'ended');
    const running = simulate(...['--seed', '8', '--minutes', '0.2', '--clients', '2', '--report', report]);
    await until(join(report, 'records.jsonl'), /"kind":"lease"/);
    const [, pid] = await until(join(report, 'engine.log'), /"pid":(\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    const { exit, stdout, stderr } = await running;
    expect([exit, stdout, stderr]).toEqual([1, expect.stringMatching(/^threshold missed: /), expect.any(String)]);
    expect(stdout).toMatch(/ended by itself: first, SIGKILL, at \d+\.\d s/);
  });

  it('ends with 78 for an option that it does not know', async () => {
    const { exit, stderr } = await simulate('--minuets', '1');
    expect([exit, stderr]).toEqual([78, expect.stringContaining('--minuets')]);
  });

  it('says all that is wrong with its options at once, and starts nothing', async () => {
    const thresholds = join(folder, 'bad-thresholds.json');
    await writeFile(thresholds, '{"submit_p99_ms": "fast", "speed": 3}');
    const { exit, stdout, stderr } = await simulate(
      ...['--url', 'http://127.0.0.1:9', '--seed', 'x', '--profile', 'calm', '--minutes', '0', '--clients', '0'],
      ...['--thresholds', thresholds, '--chaos', 'earthquake', '--kills', '0', '--upgrade-to', '.'],
      ...['--engine-from', join(folder, 'nowhere')],
    );
    expect([exit, stdout]).toEqual([78, '']);
    for (const word of [
      '--chaos',
      '--kills',
      '--upgrade-to',
      '--engine-from is to be a folder with a release',
      '--seed',
      '--profile',
      '--minutes',
      '--clients',
      '--key',
      'submit_p99_ms',
      'speed',
    ])
      expect(stderr).toContain(word);
  });

  it('ends with 3 where the engine cannot be reached', async () => {
    const none = join(folder, 'none');
    await mkdir(none);
    await writeFile(join(none, 'report.json'), 'of an earlier run');
    const { exit, stderr } = await simulate('--url', 'http://127.0.0.1:9', '--key', 'some-key', '--report', none);
    expect([exit, stderr]).toEqual([3, expect.stringContaining('not run to its end')]);
    // Of this run there is no verdict.
    await expect(access(join(none, 'report.json'))).rejects.toThrow('ENOENT');
  });

  it('ends with 3 where its report cannot be written, and starts nothing', async () => {
    const taken = join(folder, 'taken');
    await mkdir(join(taken, 'records.jsonl'), { recursive: true });
    const { exit, stdout, stderr } = await simulate('--report', taken);
    expect([exit, stderr]).toEqual([3, expect.stringContaining('EISDIR')]);
    expect(stdout).not.toContain('clients');
  });
});
