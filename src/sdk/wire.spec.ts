import { describe, expect, it } from '@jest/globals';
import { fromWire, toWire } from './wire.js';

describe('the wire', () => {
  it('has names in snake_case, and leaves what belongs to the user alone', () => {
    const value = { workKind: 'a.b', retry: { maxAttempts: 2 }, payload: { camelCase: { a_b: 1 } }, tags: { aB: 'x' } };
    const text = toWire(value);
    expect(JSON.parse(text)).toEqual({
      work_kind: 'a.b',
      retry: { max_attempts: 2 },
      payload: { camelCase: { a_b: 1 } },
      tags: { aB: 'x' },
    });
    expect(fromWire(text)).toEqual(value);
  });
});
