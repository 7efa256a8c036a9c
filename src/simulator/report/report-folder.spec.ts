import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CannotRun } from '../cannot-run.js';
import { openReportFolder } from './report-folder.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-report-folder-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the folder of a report', () => {
  it('is made with all above it, and keeps nothing of a verdict of before', async () => {
    const report = join(folder, 'some', 'where');
    for (let runs = 0; runs < 2; runs += 1) {
      await openReportFolder(report);
      expect((await readdir(report)).sort()).toEqual(['engine.log', 'events.jsonl', 'records.jsonl']);
      await writeFile(join(report, 'report.json'), 'of this run');
    }
  });

  it.each([
    ['a file', () => writeFile(join(folder, 'file'), ''), 'file'],
    ['below a file', () => writeFile(join(folder, 'file'), ''), 'file/report'],
    ['one whose files are folders', () => mkdir(join(folder, 'taken', 'records.jsonl'), { recursive: true }), 'taken'],
  ])('says in one sentence that it is %s', async (_what, prepare, name) => {
    await prepare();
    const opened = openReportFolder(join(folder, name));
    await expect(opened).rejects.toThrow(CannotRun);
    await expect(opened).rejects.toThrow(/^the report cannot be written to .*\(--report\): .*E[A-Z]+: [^\n]*$/);
  });

  it('says so of a place in which no folder can be made, and does not try for ever', async () => {
    await expect(openReportFolder('/proc/nope/report')).rejects.toThrow(CannotRun);
  });
});
