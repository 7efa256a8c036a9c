import { describe, expect, it } from '@jest/globals';
import { chaosPlanFrom, canCome } from './chaos-plan.js';
import { faultNames } from './faults.js';

describe('what is to go wrong', () => {
  it('is everything, or a list without repeats', () => {
    expect(chaosPlanFrom('all')).toEqual({ kind: 'random', names: faultNames });
    expect(chaosPlanFrom('kill, pause,kill')).toEqual({ kind: 'random', names: ['kill', 'pause'] });
  });

  it('is a script in the order of its moments', () => {
    expect(chaosPlanFrom('store-pause@30+2.5,kill@1.5')).toEqual({
      kind: 'script',
      faults: [
        { name: 'kill', atMs: 1_500, forMs: null },
        { name: 'store-pause', atMs: 30_000, forMs: 2_500 },
      ],
    });
  });

  it.each([
    ['', 'an empty item'],
    ['kill,', 'an empty item'],
    ['earthquake', 'earthquake is none of all'],
    ['kill@1,pause', 'pause says no moment'],
    ['kill@x', 'kill@x is none of'],
    ['pause@1+121', 'longer than 120 s'],
  ])('says what is wrong with %j', (text, told) => {
    expect(() => chaosPlanFrom(text)).toThrow(RangeError);
    expect(() => chaosPlanFrom(text)).toThrow(told);
  });

  it('says whether a fault can come', () => {
    expect(canCome(chaosPlanFrom('all'), 'clock')).toBe(true);
    expect(canCome(chaosPlanFrom('kill@1'), 'clock')).toBe(false);
    expect(canCome({ kind: 'kills', count: 3 }, 'kill')).toBe(true);
  });
});
