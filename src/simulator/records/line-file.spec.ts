import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LineFile } from './line-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-lines-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('a file of lines', () => {
  it('has a line for each thing that was added', async () => {
    const lines = new LineFile(join(folder, 'lines.jsonl'));
    lines.add({ a: 1 });
    lines.add({ b: 'two\nlines' });
    await lines.flushed();
    expect(await readFile(lines.file, 'utf8')).toBe('{"a":1}\n{"b":"two\\nlines"}\n');
    await lines.close();
  });

  it('that cannot be written says so to who asks, and ends nothing else', async () => {
    const lines = new LineFile(folder);
    lines.add({ a: 1 });
    await expect(lines.flushed()).rejects.toThrow();
    await expect(lines.room()).rejects.toThrow('EISDIR');
    await lines.close();
  });
});
