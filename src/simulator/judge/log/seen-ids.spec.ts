import { describe, expect, it } from '@jest/globals';
import { idAt } from '../../../../test/support/logged-events.js';
import { SeenIds } from './seen-ids.js';

describe('ids that were seen', () => {
  it('are all remembered, and hardly ever taken for others', () => {
    const seen = new SeenIds();
    const ids = Array.from({ length: 20_000 }, (_, index) => idAt(index));
    expect(ids.filter((id) => seen.add(id))).toEqual([]);
    expect(ids.every((id) => seen.has(id) && seen.add(id))).toBe(true);
    expect(Array.from({ length: 20_000 }, (_, index) => idAt(20_000 + index)).filter((id) => seen.has(id))).toEqual([]);
  });
});
