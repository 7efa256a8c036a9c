import { describe, expect, it } from '@jest/globals';
import { builtInKinds, isCustomKind, isKnownKind, isSyntheticKind, syntheticKinds } from './work-kinds.js';

describe('a work kind', () => {
  it.each(['email.send', 'a', 'resize_image', 'a1.b2.3c', 'x'.repeat(100)])('may be custom: %s', (name) => {
    expect(isCustomKind(name)).toBe(true);
  });

  it.each(['', 'Email.send', '1a', '_a', 'a..b', 'a.', '.a', 'a-b', 'a b', 'a\n', 'é', 'x'.repeat(101)])(
    'is not custom when it is %j',
    (name) => {
      expect(isCustomKind(name)).toBe(false);
      expect(isKnownKind(name)).toBe(false);
    },
  );

  it('is built in when it is of the catalogue, HTTP_REQUEST or EMIT_EVENT', () => {
    expect(builtInKinds).toHaveLength(syntheticKinds.length + 2);
    expect(new Set(builtInKinds).size).toBe(builtInKinds.length);
    expect(builtInKinds.every(isKnownKind)).toBe(true);
    expect(isSyntheticKind('HTTP_REQUEST')).toBe(false);
    expect(isSyntheticKind('CPU_BURST')).toBe(true);
    expect(isKnownKind('SUCCESS_FASTER')).toBe(false);
  });
});
