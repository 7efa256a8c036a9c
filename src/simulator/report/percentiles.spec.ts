import { describe, expect, it } from '@jest/globals';
import { distributionOf } from './percentiles.js';

describe('percentiles', () => {
  it('are values that were measured, at the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(distributionOf(values)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  });

  it('round the rank up', () => {
    expect(distributionOf([4, 1, 3, 2])).toEqual({ count: 4, p50: 2, p95: 4, p99: 4, max: 4 });
    expect(distributionOf([7])).toMatchObject({ p50: 7, p99: 7 });
  });

  it('compare numbers and not texts', () => {
    expect(distributionOf([9, 10])).toMatchObject({ p50: 9, max: 10 });
  });

  it('are nothing where nothing was measured', () => {
    expect(distributionOf([])).toBeNull();
  });
});
