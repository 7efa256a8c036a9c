import { describe, expect, it } from '@jest/globals';
import { MachineWatch } from './machine-watch.js';

/** A watch that looks at these moments, one after the other. */
function watched(...moments: readonly (readonly [ran: number, wall: number])[]): MachineWatch['lapses'] {
  const left = moments.map(([ran, wall]) => ({ ran, wall }));
  const watch = new MachineWatch({ sinceMs: () => 7 }, () => left.shift() ?? { ran: 0, wall: 0 });
  watch.stop();
  for (let looks = 1; looks < moments.length; looks += 1) watch.look();
  return watch.lapses;
}

describe('a watch of the machine', () => {
  it('notices nothing where both clocks go on', () => {
    expect(watched([0, 1_000], [250, 1_250], [700, 1_702], [1_900, 2_900])).toEqual([]);
  });

  it('notices a clock that was set, ahead or back', () => {
    expect(watched([0, 1_000], [250, 61_250])).toEqual([{ atMs: 7, jumpMs: 60_000, fromAt: 1_000, toAt: 61_250 }]);
    expect(watched([0, 61_000], [250, 1_250])).toEqual([{ atMs: 7, jumpMs: -60_000, fromAt: 1_250, toAt: 61_000 }]);
  });

  it('notices a machine that stood still', () => {
    expect(watched([0, 1_000], [9_000, 10_000])).toEqual([{ atMs: 7, jumpMs: 0, fromAt: 1_000, toAt: 10_000 }]);
  });

  it('compares each look with the one before it', () => {
    expect(watched([0, 1_000], [1_500, 2_500], [3_000, 4_000])).toEqual([]);
    expect(watched([0, 1_000], [9_000, 10_000], [9_250, 10_250])).toHaveLength(1);
  });
});
