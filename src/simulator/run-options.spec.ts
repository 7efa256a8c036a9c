import { describe, expect, it } from '@jest/globals';
import { runOptionsFrom } from './run-options.js';

describe('the options of a run', () => {
  it('have the bounds of a file of thresholds', () => {
    const thresholds = { file: 't.json', text: '{"jobs_total": {"min": 1}}' };
    expect(runOptionsFrom({ thresholds }).thresholds).toEqual({ jobs_total: { min: 1 } });
  });

  it.each([
    ['a folder, or is missing', { fault: 'ENOENT: no such file' }, /cannot be read: ENOENT: no such file$/],
    ['no JSON', { text: '{"jobs_total": ' }, /: it is not JSON: .+$/],
    ['no object', { text: '[]' }, /: it is to be an object of figures/],
    ['of no figure', { text: '{"speed": 3}' }, /: speed is no figure of the report$/],
  ])('name the file of thresholds where it is %s, in one sentence', (_what, content, saying) => {
    const given = { thresholds: { file: 'some/t.json', ...content } };
    expect(() => runOptionsFrom(given)).toThrow(saying);
    expect(() => runOptionsFrom(given)).toThrow(/^--thresholds some\/t\.json[^\n]*$/);
  });
});
