import { describe, expect, it } from '@jest/globals';
import { after } from '../../../platform/clock/timer.js';
import { ConcurrencyLimit } from './concurrency-limit.js';

/** What a machine does to a process that it gives no time. */
function starve(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('the line before EventStoreDB', () => {
  it('does not take the silence of a starved process for that of the store', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 10);
    await concurrencyLimit.enter(1_000);
    const second = concurrencyLimit.enter(1_000);
    starve(1_500);
    // Timers that are overdue come before what the store has said meanwhile.
    after(1, () => {
      concurrencyLimit.leave(true);
    });
    await expect(second).resolves.toBeUndefined();
  });

  it('ends when nobody has got anything for so long', async () => {
    const concurrencyLimit = new ConcurrencyLimit(1, 10);
    await concurrencyLimit.enter(100);
    await expect(concurrencyLimit.enter(100)).rejects.toThrow('stored nothing for 100 ms');
  });
});
