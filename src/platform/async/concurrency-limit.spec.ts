import { describe, expect, it } from '@jest/globals';
import { after } from '../clock/timer.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/** What a machine does to a process that it gives no time. */
function starve(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const refusals = {
  full: (waiting: number) => new Error(`${waiting} wait`),
  silent: (ms: number) => new Error(`nothing for ${ms} ms`),
};

describe('a limit of what is under way at once', () => {
  it('does not take the silence of a starved process for that of what it waits for', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 10, refusals);
    await concurrencyLimit.enter(1_000);
    const second = concurrencyLimit.enter(1_000);
    starve(1_500);
    // Timers that are overdue come before what was said meanwhile.
    after(1, () => {
      concurrencyLimit.leave(true);
    });
    await expect(second).resolves.toBeUndefined();
  });

  it('ends when nothing has succeeded for so long', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 10, refusals);
    await concurrencyLimit.enter(100);
    await expect(concurrencyLimit.enter(100)).rejects.toThrow('nothing for 100 ms');
  });

  it('lets no more wait than it may', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 1, refusals);
    await concurrencyLimit.enter(60_000);
    const second = concurrencyLimit.enter(60_000);
    await expect(concurrencyLimit.enter(60_000)).rejects.toThrow('1 wait');
    concurrencyLimit.leave(true);
    await second;
  });
});
