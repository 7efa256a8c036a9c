import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retryDelayMs } from './backoff.js';

const policy = {
  maxAttempts: 25,
  backoffBaseMs: 1_000,
  backoffFactor: 2,
  backoffMaxMs: 10_000,
  jitter: 'none',
} as const;
const day = 24 * 60 * 60 * 1_000;

describe('the delay before a retry', () => {
  it('grows with every charged attempt, up to its bound', () => {
    expect([1, 2, 3, 4, 5, 25].map((charged) => retryDelayMs(policy, charged, null, 0.5))).toEqual([
      1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it('is spread over the whole range with full jitter', () => {
    const full = { ...policy, jitter: 'full' } as const;
    expect(retryDelayMs(full, 2, null, 0)).toBe(0);
    expect(retryDelayMs(full, 2, null, 0.25)).toBe(500);
    expect(retryDelayMs(full, 2, null, 0.999)).toBe(1_998);
  });

  it('is what the worker wishes, within a day', () => {
    expect(retryDelayMs(policy, 3, 77, 0.5)).toBe(77);
    expect(retryDelayMs(policy, 3, 0, 0.5)).toBe(0);
    expect(retryDelayMs(policy, 3, day + 1, 0.5)).toBe(day);
    expect(retryDelayMs(policy, 3, -5, 0.5)).toBe(0);
  });

  it('is a whole number of milliseconds within its bound, whatever the policy', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 1_000 }),
        fc.nat(),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (backoffBaseMs, charged, backoffMaxMs, drawn) => {
          const odd = { ...policy, backoffBaseMs, backoffMaxMs, jitter: 'full' } as const;
          const delay = retryDelayMs(odd, charged, null, drawn);
          return Number.isSafeInteger(delay) && delay >= 0 && delay <= backoffMaxMs;
        },
      ),
    );
  });
});
