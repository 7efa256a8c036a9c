import { describe, expect, it } from '@jest/globals';
import { type Arrivals, arrivalsIn } from './arrivals.js';
import { Random } from './random.js';

const minuteMs = 60_000;
const inMinute = (arrivals: Arrivals): readonly number[] => [
  ...arrivalsIn(minuteMs, arrivals, new Random(3, 'arrivals')),
];

describe('arrivals', () => {
  it('are evenly spread where they are steady', () => {
    const times = inMinute({ pattern: 'steady', perSecond: 2 });
    expect(times.slice(0, 3)).toEqual([500, 1_000, 1_500]);
    expect(times).toHaveLength(119);
  });

  it('come at random and at the rate on average where they are Poisson', () => {
    const times = inMinute({ pattern: 'poisson', perSecond: 20 });
    expect(times.length).toBeGreaterThan(1_050);
    expect(times.length).toBeLessThan(1_350);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.85);
    expect(deviation / mean).toBeLessThan(1.15);
  });

  it('come all at once in bursts', () => {
    expect(inMinute({ pattern: 'bursts', size: 2, everyMs: 25_000 })).toEqual([0, 0, 25_000, 25_000, 50_000, 50_000]);
  });

  it('grow in a ramp', () => {
    const times = inMinute({ pattern: 'ramp', fromPerSecond: 1, toPerSecond: 9 });
    const firstHalf = times.filter((at) => at < minuteMs / 2).length;
    expect(times.length - firstHalf).toBeGreaterThan(firstHalf * 2);
  });

  it.each(['steady', 'poisson'] as const)('end with the run: %s', (pattern) => {
    expect(Math.max(...inMinute({ pattern, perSecond: 50 }))).toBeLessThan(minuteMs);
  });
});
