import { describe, expect, it } from '@jest/globals';
import { empty, goodJob, submitOf } from '../../../test/support/simulated-histories.js';
import { type RecordReader } from '../records/record-reader.js';
import { type RunClock } from '../run-clock.js';
import { drained } from './drain.js';
import { type History } from './history.js';
import { type Observer } from './observer.js';

const none: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
const records = { more: () => none } as unknown as RecordReader;

/** Jobs of which one more has come to its end at each look but the first, up to so many; looks are a minute and a half apart. */
function waiting(jobs: number, most: number) {
  const names = Array.from({ length: jobs }, (_, n) => `j${n}`);
  let looks = 0;
  const historyNow = (): History => ({
    ...empty,
    submits: names.map((name) => submitOf(name)),
    events: names.flatMap((name, n) => (n < Math.min(most, looks - 1) ? goodJob(name) : goodJob(name).slice(0, 2))),
  });
  const observer = {
    get history() {
      return historyNow();
    },
    look: () => {
      looks += 1;
      return Promise.resolve();
    },
    add: () => undefined,
  } as unknown as Observer;
  const clock = { sinceMs: () => looks * 90_000, momentMs: () => 0 } as unknown as RunClock;
  const left: number[] = [];
  const drain = {
    ...{ observers: new Map([['c0', observer]]), records, clock, patienceMs: 120_000, maxMs: 1_000_000 },
    ...{ signal: new AbortController().signal, onLook: (now: number) => left.push(now) },
  };
  return { left, drain };
}

describe('the wait for what was begun', () => {
  it('goes on while less is left than before, however long that takes', async () => {
    const { left, drain } = waiting(3, 3);
    await drained(drain);
    expect(left.at(-1)).toBe(0);
    expect(left[0]).toBeGreaterThan(0);
  });

  it('ends where nothing comes to its end any more', async () => {
    const { left, drain } = waiting(3, 1);
    await drained(drain);
    expect(left.length).toBeLessThan(6);
    expect(left.at(-1)).toBeGreaterThan(0);
  });
});
