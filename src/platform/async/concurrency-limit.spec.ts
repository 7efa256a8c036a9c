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
    await concurrencyLimit.enter('a', 1_000);
    const second = concurrencyLimit.enter('a', 1_000);
    starve(1_500);
    // Timers that are overdue come before what was said meanwhile.
    after(1, () => {
      concurrencyLimit.leave(true);
    });
    await expect(second).resolves.toBeUndefined();
  });

  it('ends when nothing has succeeded for so long', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 10, refusals);
    await concurrencyLimit.enter('a', 100);
    await expect(concurrencyLimit.enter('a', 100)).rejects.toThrow('nothing for 100 ms');
  });

  it('lets each client in in turn, however many of one wait', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 20, refusals);
    await concurrencyLimit.enter('a', 60_000);
    const entered: string[] = [];
    const enter = (client: string): Promise<void> =>
      concurrencyLimit.enter(client, 60_000).then(() => {
        entered.push(client);
      });
    const ofOne = Array.from({ length: 15 }, () => enter('a'));
    // The rest is for others.
    await expect(enter('a')).rejects.toThrow('15 wait');
    const all = [...ofOne, enter('b')];
    for (let left = 0; left < all.length; left += 1) concurrencyLimit.leave(true);
    await Promise.all(all);
    expect(entered.indexOf('b')).toBe(1);
    concurrencyLimit.leave(true);
  });

  it('lets no more wait than it may', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 1, refusals);
    await concurrencyLimit.enter('a', 60_000);
    const second = concurrencyLimit.enter('a', 60_000);
    await expect(concurrencyLimit.enter('a', 60_000)).rejects.toThrow('1 wait');
    concurrencyLimit.leave(true);
    await second;
  });
});
