import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RecordReader } from './record-reader.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forgerun-records-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const namesIn = async (reader: RecordReader): Promise<readonly unknown[]> => {
  const names: unknown[] = [];
  for await (const record of reader.more()) names.push((record as unknown as { name: unknown }).name);
  return names;
};

describe('a reader of records', () => {
  it('reads each time what came since, and waits for the end of a line', async () => {
    const file = join(folder, 'growing.jsonl');
    await writeFile(file, '{"name":"a"}\n{"name":"b"}\n{"na');
    const reader = new RecordReader(file);
    expect(await namesIn(reader)).toEqual(['a', 'b']);
    expect(await namesIn(reader)).toEqual([]);
    await appendFile(file, 'me":"c"}\n');
    expect(await namesIn(reader)).toEqual(['c']);
  });

  it('reads lines that are longer than a piece, whatever letters are cut', async () => {
    const file = join(folder, 'long.jsonl');
    const names = ['é'.repeat(1_500_000), 'short', 'ü'.repeat(700_001)];
    await writeFile(file, names.map((name) => `${JSON.stringify({ name })}\n`).join(''));
    const read = await namesIn(new RecordReader(file));
    expect(read.map((name) => String(name).length)).toEqual(names.map((name) => name.length));
    expect(read).toEqual(names);
  });
});
