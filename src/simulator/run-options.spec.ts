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

  it('refuse what goes wrong long after the traffic', () => {
    expect(runOptionsFrom({ minutes: '1', chaos: 'kill@3660' }).chaos).toMatchObject({ kind: 'script' });
    expect(() => runOptionsFrom({ minutes: '1', chaos: 'kill@3661' })).toThrow(
      /^--chaos: nothing can come later than 3660 s/,
    );
  });

  it('name the one that was given where it is for engines of the run', () => {
    const other = { url: 'http://127.0.0.1:1', key: 'k' };
    expect(() => runOptionsFrom({ ...other, kills: '3' })).toThrow(/^--kills is for engines/);
    expect(() => runOptionsFrom({ ...other, chaos: 'kill' })).toThrow(/^--chaos is for engines/);
  });
});
