import { describe, expect, it } from '@jest/globals';
import { good, listedOf } from '../../../test/support/simulated-histories.js';
import { type RunClock } from '../run-clock.js';
import { misread } from './invariants/misread.js';
import { type Observer } from './observer.js';
import { settled } from './settle.js';

const never = new AbortController().signal;

/** A client whose list is whole from the look with that number on; each look takes a minute of the run. */
function observersOf(...wholeFrom: readonly number[]) {
  let sinceMs = 0;
  const looks = wholeFrom.map(() => 0);
  const observers = wholeFrom.map((from, index) => ({
    history: good,
    lookAtReadModels(): Promise<void> {
      sinceMs += 60_000;
      const count = (looks[index] = (looks[index] ?? 0) + 1);
      this.history = count >= from ? good : { ...good, listed: [listedOf('a')] };
      return Promise.resolve();
    },
  }));
  const clock = { sinceMs: () => sinceMs } as unknown as RunClock;
  return { observers: observers as unknown as readonly Observer[], clock, looks };
}

describe('what is shown of clients', () => {
  it('is looked at once more where it was not settled, however long the first look at all of them took', async () => {
    const { observers, clock, looks } = observersOf(1, 2);
    await settled(observers, clock, never);
    expect(looks).toEqual([1, 2]);
    expect(observers.flatMap(({ history }) => [...misread.faultsIn(history)])).toEqual([]);
  });

  it('is taken as it is once it has had its time', async () => {
    const { observers, clock, looks } = observersOf(1, 9);
    await settled(observers, clock, never);
    expect(looks).toEqual([1, 2]);
  });
});
