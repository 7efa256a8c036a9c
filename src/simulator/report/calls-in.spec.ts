import { describe, expect, it } from '@jest/globals';
import { endOf, good, submitOf } from '../../../test/support/simulated-histories.js';
import { answersIn, callsIn, isLimit } from './calls-in.js';

describe('the answers to a run', () => {
  it('are counted by call, status and code', () => {
    const tooMany = { outcome: 'refused', status: 429, code: 'RFA_REQUEST_RATE_LIMITED', jobId: null } as const;
    const submits = [submitOf('a'), submitOf('b'), submitOf('c', tooMany)];
    expect(answersIn([{ ...good, submits }, good]).filter(({ call }) => call === 'submit')).toEqual([
      { call: 'submit', status: 202, code: null, count: 5 },
      { call: 'submit', status: 429, code: 'RFA_REQUEST_RATE_LIMITED', count: 1 },
    ]);
  });

  it('are not those that a worker did not wait for', () => {
    const ends = [endOf('a', { isHangUp: true, outcome: 'unknown', status: null })];
    expect(callsIn({ ...good, ends }).filter(({ call }) => call === 'complete')).toEqual([]);
  });

  it('say where a limit was hit', () => {
    const answer = { call: 'submit', outcome: 'unknown', status: 503, code: 'RFA_EXEC_QUEUE_FULL' } as const;
    expect(isLimit(answer)).toBe(true);
    expect(isLimit({ ...answer, status: 429, code: null })).toBe(true);
    expect(isLimit({ ...answer, code: 'RFA_STORAGE_UNAVAILABLE' })).toBe(false);
  });
});
