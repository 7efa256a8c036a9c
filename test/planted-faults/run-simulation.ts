import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Report } from '../../src/simulator/report/report.js';

export interface SimulationRun {
  readonly exit: number | null;
  /** The invariants that it found broken. */
  readonly broken: readonly string[];
  /** What it wrote, where it left no report. */
  readonly said: string;
}

const maxRunMs = 600_000;
/** Within it a run takes away everything that it has started. */
const maxStopMs = 90_000;
/** Long work of the catalog is short, so that a run is. */
const timeScale = '0.02';

/** Runs the simulator of the working tree on the engine of another folder. The signal ends it early. */
export async function runSimulation(engineFolder: string, args: string, signal: AbortSignal): Promise<SimulationRun> {
  const report = join(engineFolder, 'simulation');
  await rm(report, { recursive: true, force: true });
  const given = ['--engine-from', engineFolder, '--report', report, ...args.split(' ')];
  const simulator = spawn(process.execPath, ['bin/forgerun.mjs', 'simulate', ...given], {
    // A group of its own, so that everything that it has started ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORGERUN_SYNTHETIC_TIME_SCALE: timeScale },
  });
  let said = '';
  for (const output of [simulator.stdout, simulator.stderr])
    output.on('data', (part: Buffer) => {
      said = `${said}${part.toString('utf8')}`.slice(-4_000);
    });
  const stop = (): void => {
    simulator.kill('SIGTERM');
    setTimeout(() => {
      endGroup(simulator.pid);
    }, maxStopMs).unref();
  };
  const timer = setTimeout(stop, maxRunMs);
  signal.addEventListener('abort', stop, { once: true });
  const [exit] = (await once(simulator, 'exit')) as [number | null];
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  endGroup(simulator.pid);
  return { exit, said, broken: await brokenIn(join(report, 'report.json')) };
}

async function brokenIn(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return [];
  const { invariants } = JSON.parse(text) as Report;
  return invariants.filter(({ faultCount }) => faultCount > 0).map(({ invariant }) => invariant);
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
