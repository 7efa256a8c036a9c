import { describe, expect, it } from '@jest/globals';
import { began, good, submitOf } from '../../../test/support/simulated-histories.js';
import { seriesOf } from './series.js';

describe('the series of a run', () => {
  it('counts in each second what happened in it', () => {
    const submits = [0, 999, 1_000, 3_500].map((atMs) => submitOf('a', { atMs }));
    const series = seriesOf([{ ...good, submits }], began, 4_000);
    expect(series).toMatchObject({ bucketMs: 1_000, submitted: [2, 1, 0, 1], finished: [2, 0, 0, 0] });
  });

  it('takes whole seconds together where there are many', () => {
    expect(seriesOf([good], began, 123_456)).toMatchObject({ bucketMs: 2_000, submitted: { length: 62 } });
  });

  it('loses nothing that came before the beginning or after the end', () => {
    const submits = [-5, 99_000].map((atMs) => submitOf('a', { atMs }));
    expect(seriesOf([{ ...good, submits }], began, 3_000).submitted).toEqual([1, 0, 1]);
  });
});
