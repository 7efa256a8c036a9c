import { describe, expect, it } from '@jest/globals';
import { elementSlices, memberSlices } from './json-slices.js';

describe('a slice of JSON', () => {
  it('is the text of a member exactly as it was written', () => {
    const text = ' {"a" : 1.00 ,"b":{"x":"}\\"]"},"c\\u0064":[ ["\\\\"], 12345678901234567890 ] , "d":null,"e":"" } ';
    expect([...memberSlices(text)]).toEqual([
      ['a', '1.00'],
      ['b', '{"x":"}\\"]"}'],
      ['cd', '[ ["\\\\"], 12345678901234567890 ]'],
      ['d', 'null'],
      ['e', '""'],
    ]);
  });

  it('is the text of an element', () => {
    expect(elementSlices(' [ {"a":[1,2]}, "x,]" ,true,-1e3] ')).toEqual(['{"a":[1,2]}', '"x,]"', 'true', '-1e3']);
  });

  it.each(['{}', '[]', ' { } ', ' [ ] '])('is absent from %j', (text) => {
    expect([...memberSlices(text), ...elementSlices(text)]).toEqual([]);
  });
});
