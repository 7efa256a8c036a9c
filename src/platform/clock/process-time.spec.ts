import { describe, expect, it } from '@jest/globals';
import { afterProcessTime, ProcessClock } from './process-time.js';

describe('the time that a process has had', () => {
  it('does not pass while the process stands still', async () => {
    let isOver = false;
    afterProcessTime(100, () => (isOver = true), 20);
    const until = performance.now() + 300;
    while (performance.now() < until);
    // The turn in which everything that is due by the clock happens.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
  });

  it('goes on by a tick at most on a clock whose process stood still, and not at all while the clock stands', () => {
    const clock = new ProcessClock(20);
    clock.run();
    const until = performance.now() + 300;
    while (performance.now() < until);
    expect(clock.nowMs()).toBe(20);
    clock.stand();
    expect([clock.nowMs(), clock.nowMs()]).toEqual([20, 20]);
  });

  it('passes otherwise, and can be taken back', async () => {
    let ended: readonly string[] = [];
    await new Promise<void>((resolve) => {
      const takeBack = afterProcessTime(30, () => (ended = [...ended, 'taken back']), 10);
      afterProcessTime(20, takeBack, 10);
      afterProcessTime(
        60,
        () => {
          ended = [...ended, 'ended'];
          resolve();
        },
        10,
      );
      // The timers alone do not keep a process alive.
      setTimeout(() => undefined, 10_000).unref();
    });
    expect(ended).toEqual(['ended']);
  });
});
