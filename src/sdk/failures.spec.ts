import { describe, expect, it } from '@jest/globals';
import { failureOf, plainText, RetryLater } from './failures.js';

describe('a failure', () => {
  it('can be made of anything that was thrown', () => {
    expect(failureOf('words')).toMatchObject({ message: 'words', code: null, retryable: true });
    expect(failureOf(undefined).message).toContain('undefined');
    expect(failureOf(new Error(''))).toMatchObject({ message: 'Error' });
    expect(failureOf(Object.assign(new Error('gone'), { code: 'ENOENT' }))).toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    [250.4, 250],
    [-1, 0],
    [Number.POSITIVE_INFINITY, 86_400_000],
    [Number.NaN, null],
  ])('wishes for a delay the engine can grant: %s becomes %s', (wish, granted) => {
    expect(failureOf(new RetryLater(wish)).retryAfterMs).toBe(granted);
  });

  it('says where it happened, within bounds, if it knows', () => {
    expect(failureOf(new TypeError('no luck')).stack).toMatch(/^TypeError: no luck\n +at .*failures\.spec/);
    expect(failureOf(new RetryLater(5)).stack).toContain('failures.spec');
    expect(failureOf(Object.assign(new Error('x'), { stack: `\u0000${'s'.repeat(100_000)}` })).stack).toHaveLength(
      7999,
    );
    for (const thrown of ['words', null, Object.assign(new Error('x'), { stack: undefined })])
      expect('stack' in failureOf(thrown)).toBe(false);
  });

  it('is told in text that the API takes', () => {
    expect(plainText('a\u0000b\ud800c', 10)).toBe('ab\ufffdc');
    expect(plainText('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(failureOf(new Error('x'.repeat(100_000))).message).toHaveLength(2000);
  });
});
