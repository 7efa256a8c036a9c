import { describe, expect, it } from '@jest/globals';
import { type Connection } from './connection.js';
import { LogReader } from './log-reader.js';
import { settingsFrom } from './options.js';

const readerThat = (fails: () => never, retryMs: number): LogReader =>
  new LogReader({ client: { readStream: fails } } as unknown as Connection, settingsFrom({ retryMs }));

describe('a read of the log in EventStoreDB', () => {
  it('fails at once where the program is at fault, which no time mends', async () => {
    let reads = 0;
    const reader = readerThat(() => {
      reads += 1;
      throw new TypeError('x is not a function');
    }, 60_000);
    await expect(reader.readStream('job-1')).rejects.toThrow(TypeError);
    await expect(reader.readStream('job-1', { from: 0.5 })).rejects.toThrow('0.5');
    expect(reads).toBe(1);
  });

  it('is tried again while the server is away', async () => {
    let reads = 0;
    const reader = readerThat(() => {
      reads += 1;
      if (reads === 3) throw new TypeError('the end of this test');
      throw Object.assign(new Error('down'), { code: 14 });
    }, 60_000);
    await expect(reader.readStream('job-1')).rejects.toThrow('the end of this test');
  });
});
