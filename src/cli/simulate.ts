import { readFile } from 'node:fs/promises';
import { asError } from '../platform/async/as-error.js';
import { ForgeRunError, ForgeRunUnreachable } from '../sdk/forge-run-error.js';
import { CannotRun } from '../simulator/cannot-run.js';
import { Progress } from '../simulator/progress.js';
import { exitCodeOf } from '../simulator/report/report.js';
import { summaryOf } from '../simulator/report/report-summary.js';
import { type GivenOptions, type RunOptions, runOptionsFrom, UnusableOptions } from '../simulator/run-options.js';
import { simulate } from '../simulator/simulate.js';

/** As given; `thresholds` is the path of a file. */
export type SimulateOptions = Omit<GivenOptions, 'thresholds'> & { readonly thresholds?: string };

/** Beside 0, 1 and 2, which are the report's. */
const exitCodes = { notRun: 3, options: 78, interrupted: 130 };

/** Runs a simulation and sets the exit code: 0 passed, 1 a threshold missed, 2 a promise broken, 3 not run to its end. */
export async function simulateCommand(given: SimulateOptions): Promise<void> {
  const options = await optionsFrom(given);
  if (options === null) return;
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort(new Error('interrupted'));
  };
  // The engine that it started has to be stopped, and its folder taken away.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
  const progress = new Progress();
  try {
    const report = await simulate(options, progress, interruption.signal);
    progress.end(`done: ${report.outcome}`);
    process.stdout.write(summaryOf(report, options.reportFolder));
    process.exitCode = exitCodeOf(report);
  } catch (error) {
    progress.end(`not run to its end: ${asError(error).message}`);
    // What the engine refused says enough; what else is thrown is a fault of this program.
    const isOurs = ![CannotRun, ForgeRunError, ForgeRunUnreachable].some((known) => error instanceof known);
    if (isOurs && !interruption.signal.aborted && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`);
    process.exitCode = interruption.signal.aborted ? exitCodes.interrupted : exitCodes.notRun;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupt);
  }
}

async function optionsFrom(given: SimulateOptions): Promise<RunOptions | null> {
  try {
    const { thresholds: file, key = process.env['FORGERUN_API_KEY'], ...rest } = given;
    const thresholds = file === undefined ? {} : { thresholds: await contentOf(file) };
    return runOptionsFrom({ ...rest, ...(key === undefined ? {} : { key }), ...thresholds });
  } catch (error) {
    if (!(error instanceof UnusableOptions)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.options;
    return null;
  }
}

/** A file with what it says, or why it says nothing. */
async function contentOf(file: string): Promise<NonNullable<GivenOptions['thresholds']>> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return { file, fault: asError(error).message };
  }
}
