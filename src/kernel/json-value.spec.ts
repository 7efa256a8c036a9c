import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonTexts } from '../../test/support/json-texts.js';
import { asJsonText } from './json-text.js';
import { canonicalJson } from './json-value.js';

const canonical = (text: string): string => canonicalJson(asJsonText(text));

describe('the canonical text of a JSON value', () => {
  it.each([
    ['the order of members', '{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
    ['blanks', ' { "a" : [ 1 , 2 ] , "b" : { } , "c" : [ ] }\n', '{"a":[1,2],"b":{},"c":[]}'],
    ['escapes', '{"\\u0061":"\\/\\u00e9\\ud83d\\ude00"}', '{"a":"/é😀"}'],
    [
      'how a number is written',
      '[1.0,1e2,1E+2,-0,0.0,120,0.05,-1.50e-7,1e400]',
      '[10e-1,100,100.0,0,0e9,12e1,5e-2,-15e-8,10e399]',
    ],
    ['an exponent beyond a double', '[1e99999999999999999999,1e+07]', '[10e99999999999999999998,1e7]'],
    ['a number of very many noughts', `1${'0'.repeat(200_000)}`, '1e200000'],
  ])('is the same whatever is done to %s', (_, one, other) => {
    expect(canonical(one)).toBe(canonical(other));
  });

  it.each([
    ['digits beyond a double', '820982911946154508', '820982911946154500'],
    ['numbers beyond a double', '1e400', '1e401'],
    ['a sign', '1', '-1'],
    ['the order of items', '[1,2]', '[2,1]'],
    ['a number and its text', '1', '"1"'],
    ['halves of surrogate pairs', '"\\ud800"', '"\\ud801"'],
    ['half of a pair and its replacement', '"\\ud800"', '"\\ufffd"'],
    ['an escape and its letters', '"\\ud800"', '"\\\\ud800"'],
    ['the first of two of a name', '{"a":1,"a":2}', '{"a":2}'],
    ['which of two of a name is last', '{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['null and nothing', '{"a":null}', '{}'],
  ])('tells %s apart', (_, one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  it('says the value itself, and is its own canonical text', () => {
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const written = canonical(text);
        // A double knows of a nought below nothing, which JSON does not.
        const value = (of: string): unknown => JSON.parse(of, (_, each: unknown) => (each === 0 ? 0 : each)) as unknown;
        expect(value(written)).toEqual(value(text));
        expect(canonical(written)).toBe(written);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is found at a thousand levels', () => {
    const deep = '[{"a":'.repeat(500) + '1' + '}]'.repeat(500);
    expect(canonical(deep)).toBe(deep.replace('1', '1e0'));
  });
});
