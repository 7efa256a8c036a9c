import { describe, expect, it } from '@jest/globals';
import { RecentPages } from './recent-pages.js';

describe('pages that were read lately', () => {
  it('are given again for a second', () => {
    let now = 0;
    const pages = new RecentPages<string>(() => now);
    pages.keep('a', 'one', 3);
    now = 1_000;
    expect(pages.get('a')).toBe('one');
    now = 1_001;
    expect(pages.get('a')).toBeNull();
    expect(pages.get('b')).toBeNull();
  });

  it('are bounded in number and in bytes, the oldest go first', () => {
    const pages = new RecentPages<number>(() => 0);
    for (let n = 0; n < 300; n += 1) pages.keep(String(n), n, 1);
    expect([pages.get('43'), pages.get('44'), pages.get('299')]).toEqual([null, 44, 299]);
    pages.keep('large', 1, 16 * 1024 * 1024 - 10);
    expect([pages.get('289'), pages.get('290'), pages.get('large')]).toEqual([null, 290, 1]);
    pages.keep('larger', 2, 17 * 1024 * 1024);
    expect([pages.get('large'), pages.get('larger')]).toEqual([null, null]);
    pages.keep('a', 3, 1);
    expect(pages.get('a')).toBe(3);
  });
});
