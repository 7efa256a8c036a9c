import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isKnown, logPositionFrom, positionFrom } from './position.codec.js';

const half = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const logPosition = fc.record({ commit: half, prepare: half });

describe('a position of EventStoreDB as one number', () => {
  it('gives back both halves exactly', () => {
    fc.assert(
      fc.property(logPosition, (position) => {
        expect(logPositionFrom(positionFrom(position))).toEqual(position);
      }),
    );
  });

  it('orders as the pair does', () => {
    fc.assert(
      fc.property(logPosition, logPosition, (one, other) => {
        const before = one.commit < other.commit || (one.commit === other.commit && one.prepare < other.prepare);
        expect(positionFrom(one) < positionFrom(other)).toBe(before);
      }),
    );
  });

  it('is not known when the server says the greatest number', () => {
    const greatest = 2n ** 64n - 1n;
    expect(isKnown({ commit: greatest, prepare: greatest })).toBe(false);
    expect(isKnown({ commit: greatest, prepare: 7n })).toBe(false);
    expect(isKnown({ commit: 2n ** 63n - 1n, prepare: 2n ** 63n - 1n })).toBe(true);
  });
});
