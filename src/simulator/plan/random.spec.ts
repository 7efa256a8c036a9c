import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

const first = (count: number, random: Random): readonly number[] => Array.from({ length: count }, () => random.next());

describe('a stream of random numbers', () => {
  it('repeats for the same seed and name', () => {
    expect(first(50, new Random(7, 'submits of client 0'))).toEqual(first(50, new Random(7, 'submits of client 0')));
  });

  it('is another one for another seed, and for another name', () => {
    const numbers = first(5, new Random(7, 'a'));
    expect(first(5, new Random(8, 'a'))).not.toEqual(numbers);
    expect(first(5, new Random(7, 'b'))).not.toEqual(numbers);
  });

  it('chooses by weight', () => {
    const random = new Random(1, 'weights');
    const items = [
      { name: 'often', weight: 3 },
      { name: 'rarely', weight: 1 },
      { name: 'never', weight: 0 },
    ];
    const chosen = Array.from({ length: 4_000 }, () => random.weighted(items).name);
    const often = chosen.filter((name) => name === 'often').length;
    expect(often).toBeGreaterThan(2_800);
    expect(often).toBeLessThan(3_200);
    expect(chosen).not.toContain('never');
  });
});
