import { describe, expect, it } from '@jest/globals';
import { profiles } from '../plan/profiles.js';
import { conductOf, workMsOf } from './conduct-of.js';

const { conduct } = profiles.standard;
const conducts = (seed: number, count = 1): readonly string[] =>
  Array.from({ length: 500 }, (_, n) => conductOf(conduct, seed, { clientIndex: 0, jobId: '', payload: { n }, count }));

describe('the conduct of a worker', () => {
  it('follows from the seed, the job and how often it was leased', () => {
    expect(conducts(1)).toEqual(conducts(1));
    expect(conducts(2)).not.toEqual(conducts(1));
    expect(conducts(1, 2)).not.toEqual(conducts(1));
  });

  it('shows every misbehaviour of the profile, and is good as a rule', () => {
    const seen = conducts(1);
    for (const { conduct: name } of conduct) expect(seen).toContain(name);
    expect(seen.filter((name) => name === 'well').length).toBeGreaterThan(300);
  });

  it('bears payloads that are none of the simulator’s', () => {
    expect(workMsOf(null)).toBe(0);
    expect(workMsOf({ work_ms: 'long' })).toBe(0);
    expect(workMsOf({ work_ms: 40 })).toBe(40);
  });
});
