import { describe, expect, it } from '@jest/globals';
import { countedOf, readableMinutes } from './html-text.js';

describe('a text of the page', () => {
  it('says how long a run was in the unit that shows it', () => {
    const texts = [0.001, 0.17, 0.5, 1, 1.5, 90].map((minutes) => readableMinutes(minutes).replace('\u00a0', ' '));
    expect(texts).toEqual(['0.1 s', '10.2 s', '30 s', '1 min', '1.5 min', '90 min']);
  });

  it('counts one of something as one', () => {
    expect([0, 1, 2].map((count) => countedOf(count, 'client'))).toEqual(['0 clients', '1 client', '2 clients']);
  });
});
