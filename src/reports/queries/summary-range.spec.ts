import { describe, expect, it } from '@jest/globals';
import { bucketMs, rangeOf } from './summary-range.js';

const now = Date.parse('2026-03-01T12:00:00Z');
const anything = { from: null, to: null, groupBy: null, bucket: null };

describe('the range of a summary', () => {
  it('is the last day where nobody says', () => {
    expect(rangeOf(anything, now)).toMatchObject({ from: now - bucketMs.day, to: now });
  });

  it('holds a thousand buckets at most', () => {
    const from = now - 1_000 * bucketMs.minute;
    expect(rangeOf({ ...anything, from, to: now, bucket: 'minute' }, now)).toMatchObject({ from });
    expect(rangeOf({ ...anything, from: from - 1, to: now, bucket: 'minute' }, now)).toEqual([
      expect.objectContaining({ pointer: '/bucket' }),
    ]);
  });

  it('tells fewer groups apart the more buckets there are', () => {
    expect(rangeOf({ ...anything, groupBy: 'queue' }, now)).toMatchObject({ maxGroups: 50 });
    const from = now - 1_000 * bucketMs.minute;
    expect(rangeOf({ from, to: now, groupBy: 'queue', bucket: 'minute' }, now)).toMatchObject({ maxGroups: 10 });
  });

  it('neither runs backwards nor goes on for more than a year', () => {
    expect(rangeOf({ ...anything, from: now, to: now }, now)).toEqual([expect.objectContaining({ pointer: '/from' })]);
    expect(rangeOf({ ...anything, from: now - 367 * bucketMs.day, bucket: 'minute' }, now)).toHaveLength(1);
  });
});
