import { type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readMessage } from './message.js';

const stamped = (timestamp: string): IncomingMessage =>
  Object.assign(Readable.from([Buffer.from('{}')]), {
    headers: { 'webhook-timestamp': timestamp },
  }) as unknown as IncomingMessage;

const offOf = async (timestamp: string, ...moments: readonly number[]): Promise<number | null> =>
  (await readMessage(stamped(timestamp), null, moments)).stampedOffMs;

describe('the timestamp of a request', () => {
  it('is as far off as the nearer of two clocks says, of which one may just have been set', async () => {
    expect(await offOf('1000', 1_000_400, 4_600_400)).toBe(400);
    expect(await offOf('1000', 4_600_400, 999_700)).toBe(300);
    expect(await offOf('1000', 4_600_000, 4_600_400)).toBe(3_600_000);
  });

  it('is none where it is no number of seconds', async () => {
    expect([await offOf('', 0), await offOf('soon', 0)]).toEqual([null, null]);
  });
});
