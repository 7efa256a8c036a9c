import { describe, expect, it } from '@jest/globals';
import { type Verdict } from '../judge/verdict.js';
import { unexercisedIn } from './unexercised.js';

const verdict = (invariant: string, cases: number, faultCount = 0): Verdict => ({
  ...{ invariant, promise: '', cases, faultCount, faults: [] },
});
const run = { profile: 'standard', minutes: 1, clients: 2, chaos: null } as const;
const verdicts = ['lost', 'late', 'starved', 'foreign'].map((name) => verdict(name, 0));

describe('what a run was to exercise and did not', () => {
  it('is what had no case, and was not broken all the same', () => {
    expect(unexercisedIn([verdict('lost', 0), verdict('doubled', 1), verdict('hidden', 0, 1)], run)).toEqual(['lost']);
  });

  it('is nothing of a run that is too short to reach it', () => {
    expect(unexercisedIn(verdicts, { ...run, minutes: 0.9 })).toEqual([]);
  });

  it('is not what takes calm time under chaos, or another client where there is none', () => {
    expect(unexercisedIn(verdicts, run)).toEqual(['lost', 'late', 'starved', 'foreign']);
    const chaos = { kind: 'kills', count: 1 } as const;
    expect(unexercisedIn(verdicts, { ...run, chaos })).toEqual(['lost', 'foreign']);
    expect(unexercisedIn(verdicts, { ...run, clients: 1 })).toEqual(['lost', 'late', 'starved']);
  });
});
