import { describe, expect, it } from '@jest/globals';
import { lineChart } from './line-chart.js';

const labelsOf = (count: number, bucketMs = 1_000): readonly string[] => {
  const values = Array.from({ length: count }, () => 1);
  return [...lineChart('jobs', [{ name: 'a', color: '#000', values }], bucketMs).matchAll(/>(\d+ s)</g)].map(
    ([, label = '']) => label,
  );
};

describe('the axis of time', () => {
  it('has a label for each second of a run of a few, and none twice', () => {
    expect([1, 2, 3, 5].map((count) => labelsOf(count))).toEqual([
      ['0 s', '1 s'],
      ['0 s', '1 s'],
      ['0 s', '1 s', '2 s'],
      ['0 s', '1 s', '2 s', '3 s', '4 s'],
    ]);
  });

  it('has labels at the same distance, and the last one at its end', () => {
    expect([6, 14, 121].map((count) => labelsOf(count))).toEqual([
      ['0 s', '2 s', '4 s', '5 s'],
      ['0 s', '4 s', '8 s', '13 s'],
      ['0 s', '30 s', '60 s', '90 s', '120 s'],
    ]);
    expect(labelsOf(61, 2_000)).toEqual(['0 s', '30 s', '60 s', '90 s', '120 s']);
  });
});
