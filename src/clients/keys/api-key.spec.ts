import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateApiKey, hashOf, keyIdOf, sameHash } from './api-key.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const anyKey = fc
  .tuple(fc.uuid(), bytes32)
  .map(([keyId, bytes]) => ({ keyId, text: generateApiKey(keyId, () => bytes) }));

describe('an API key', () => {
  it('tells its id from its text alone', () => {
    fc.assert(
      fc.property(anyKey, ({ keyId, text }) => {
        expect(keyIdOf(text)).toBe(keyId);
      }),
    );
  });

  it('is refused when any one character is another', () => {
    const change = fc.tuple(anyKey, fc.nat(), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(change, ([{ text }, place, character]) => {
        const at = place % text.length;
        fc.pre(text[at] !== character);
        expect(keyIdOf(text.slice(0, at) + character + text.slice(at + 1))).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused when it is cut, lengthened, padded or in another case', () => {
    const text = generateApiKey('01900000-0000-7000-8000-00000000abcd', randomBytes);
    for (const other of ['', 'frk_', text.slice(0, -1), `${text}0`, ` ${text}`, `${text}\n`, text.toUpperCase()]) {
      expect(keyIdOf(other)).toBeNull();
    }
  });

  it('carries all 256 random bits', () => {
    fc.assert(
      fc.property(fc.uuid(), bytes32, bytes32, (keyId, one, other) => {
        fc.pre(!one.equals(other));
        expect(generateApiKey(keyId, () => one)).not.toBe(generateApiKey(keyId, () => other));
      }),
    );
  });

  it('matches its own hash and no other', () => {
    const one = hashOf('one');
    expect(sameHash(one, hashOf('one'))).toBe(true);
    expect(sameHash(one, hashOf('two'))).toBe(false);
    expect(sameHash(one, one.slice(1))).toBe(false);
  });
});
