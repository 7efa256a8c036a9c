import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asError } from '../../platform/async/as-error.js';
import { CannotRun } from '../cannot-run.js';

/**
 * Makes the folder, with empty files for what a run adds to, and without a verdict of an earlier one, which must not lie beside the
 * records of this one. What cannot be written is told before anything is started. Throws `CannotRun`.
 */
export async function openReportFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder));
    for (const name of ['report.json', 'report.html']) await rm(join(folder, name), { force: true });
    for (const name of ['records.jsonl', 'events.jsonl', 'engine.log']) await writeFile(join(folder, name), '');
  } catch (error) {
    throw new CannotRun(`the report cannot be written to ${folder} (--report): ${asError(error).message}`, {
      cause: error,
    });
  }
}

/** One step after the other: `mkdir` with `recursive` never ends where a folder refuses one as if it were not there itself, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  const known = await stat(folder).catch(() => null);
  if (known?.isDirectory() === true) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder);
}
