import { describe, expect, it } from '@jest/globals';
import { TookTooLong, within, withinOr } from './within.js';

const never = new Promise<never>(() => undefined);
const soon = (): Promise<string> => Promise.resolve('answer');

describe('a time limit', () => {
  it('hands on an answer, and an error', async () => {
    expect(await within(10_000, soon())).toBe('answer');
    expect(await withinOr(10_000, soon(), null)).toBe('answer');
    await expect(within(10_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withinOr(10_000, Promise.reject(new Error('no')), null)).rejects.toThrow('no');
  });

  it('ends what takes longer, in the words of its caller where there are any', async () => {
    await expect(within(5, never)).rejects.toThrow(TookTooLong);
    await expect(within(5, never, (ms) => new Error(`nothing for ${ms} ms`))).rejects.toThrow('nothing for 5 ms');
  });

  it('answers something else instead, in time or when a signal fires', async () => {
    expect(await withinOr(5, never, 'late')).toBe('late');
    expect(await withinOr(600_000, never, 'stopped', AbortSignal.abort())).toBe('stopped');
    const stop = new AbortController();
    const answer = withinOr(600_000, never, 'stopped', stop.signal);
    stop.abort();
    expect(await answer).toBe('stopped');
  }, 5_000);
});
