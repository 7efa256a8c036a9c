import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RawJson } from './raw-json.js';
import { writeJson } from './write-json.js';

describe('an answer', () => {
  it('carries raw values as their own text', () => {
    const raw = RawJson.of('{"n": 1.10, "big": 12345678901234567890}');
    expect(writeJson({ job_id: 'j1', payload: raw, items: [raw, null], missing: undefined })).toBe(
      `{"job_id":"j1","payload":${raw.text},"items":[${raw.text},null]}`,
    );
    expect(writeJson(raw)).toBe(raw.text);
  });

  it('is otherwise what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.object({ withDate: true, withNullPrototype: true, values: [fc.anything()] }), (value) => {
        fc.pre(
          !JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? 'bigint' : one)).includes('bigint'),
        );
        expect(writeJson(value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('escapes what JSON escapes', () => {
    const odd = { 'a"b': '\u0000\u001f\\"\ud800 é 😀 \u2028', list: [undefined, NaN, () => 1] };
    expect(writeJson(odd)).toBe(JSON.stringify(odd));
  });

  it('refuses a bigint', () => {
    expect(() => writeJson({ position: 1n })).toThrow(TypeError);
  });
});
