import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PlantedFault } from './planted-fault.js';

export interface TestRun {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** Spec files that could not be run, with what was said. */
  readonly broken: readonly string[];
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

type Test = PlantedFault['noticedBy'];

const maxRunMs = 300_000;
const underWay = new Set<number>();

/** Runs these tests alone, in a copy of the repository. */
export async function runTests(folder: string, tests: readonly Test[]): Promise<TestRun> {
  const report = join(folder, '.plant-report.json');
  await rm(report, { force: true });
  const names = tests.map(({ test }) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const args = ['--json', `--outputFile=${report}`, '--silent', '-t', [...new Set(names)].join('|')];
  const specs = [...new Set(tests.map(({ spec }) => spec))];
  const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args, '--runTestsByPath', ...specs], {
    cwd: folder,
    // A group of its own, so that its workers end with it.
    detached: true,
    stdio: 'ignore',
  });
  const group = jest.pid ?? 0;
  underWay.add(group);
  const timer = setTimeout(() => {
    end(group);
  }, maxRunMs);
  await once(jest, 'exit');
  clearTimeout(timer);
  underWay.delete(group);
  return read(await readFile(report, 'utf8').catch(() => null));
}

/** Ends every run at once. */
export function endRuns(): void {
  for (const group of underWay) end(group);
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(report: string | null): TestRun {
  if (report === null) return { passed: [], failed: [], broken: ['jest ended without a report'] };
  const { testResults } = JSON.parse(report) as JestReport;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const named = (status: string): string[] =>
    all.filter((each) => each.status === status).map(({ fullName }) => fullName);
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
  );
  return { passed: named('passed'), failed: named('failed'), broken: broken.map(({ message }) => message) };
}
