import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonTexts } from '../../test/support/json-texts.js';
import { memberTexts } from './json-members.js';
import { asJsonText } from './json-text.js';

describe('the members of a JSON text', () => {
  it('are the texts that stand there', () => {
    fc.assert(
      fc.property(jsonTexts, jsonTexts, (one, other) => {
        const text = asJsonText(` {"one" : ${one} ,\n"\\u006fther":${other}}`);
        expect([...(memberTexts(text) ?? [])]).toEqual([
          ['one', one],
          ['other', other],
        ]);
      }),
    );
  });

  it('are those that a parser sees', () => {
    fc.assert(
      fc.property(jsonTexts, (text) => {
        const value: unknown = JSON.parse(text);
        const members = memberTexts(asJsonText(text));
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        const parsed = [...(members ?? [])].map(([name, member]) => [name, JSON.parse(member) as unknown]);
        expect(members === null ? null : Object.fromEntries(parsed)).toEqual(isObject ? value : null);
      }),
    );
  });

  it('are none where there is no object, and the last where a name comes twice', () => {
    expect(memberTexts(asJsonText('[{"a":1}]'))).toBeNull();
    expect([...(memberTexts(asJsonText('{"a":1,"\\u0061":2.0}')) ?? [])]).toEqual([['a', '2.0']]);
  });
});
