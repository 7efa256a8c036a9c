import { describe, expect, it } from '@jest/globals';
import { profiles } from './profiles.js';
import { rankedPlan } from './ranked-plan.js';

const planFor = (seed: number) => [
  ...rankedPlan({ profile: profiles.standard, seed, clientIndex: 1, forMs: 60_000, targetUrl: 'http://127.0.0.1:1' }),
];
const prioritiesIn = (seed: number) =>
  planFor(seed).map(({ items }) => items.map((item) => ('request' in item ? item.request.priority : null)));

describe('the plan of jobs that priorities decide about', () => {
  it('has every priority in each batch, in an order that the seed draws', () => {
    const drawn = prioritiesIn(1);
    expect(drawn.length).toBeGreaterThan(5);
    for (const each of drawn) expect(each.toSorted()).toEqual([0, 2, 5, 5, 8, 9]);
    expect(prioritiesIn(1)).toEqual(drawn);
    expect(prioritiesIn(2)).not.toEqual(drawn);
  });

  it('gives each job a key of its own', () => {
    const keys = planFor(1).flatMap(({ items }) => items.map((item) => ('key' in item ? item.key : '')));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
