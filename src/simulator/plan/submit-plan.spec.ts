import { describe, expect, it } from '@jest/globals';
import { kindsRefusedAtSubmit, syntheticKinds } from '../../kernel/work-kinds.js';
import { catalogMix, ownKinds } from './catalog-mix.js';
import { profiles } from './profiles.js';
import { type PlannedJob, type PlannedSubmit, submitPlan } from './submit-plan.js';

const forMs = 300_000;
const planFor = (
  more: { seed?: number; clientIndex?: number; profile?: keyof typeof profiles } = {},
): PlannedSubmit[] => {
  const { seed = 1, clientIndex = 1, profile = 'standard' } = more;
  return [...submitPlan({ profile: profiles[profile], seed, clientIndex, forMs, targetUrl: 'http://127.0.0.1:1' })];
};
const jobsOf = (plan: readonly PlannedSubmit[]): readonly PlannedJob[] =>
  plan.filter((each): each is PlannedJob => !('malformed' in each));

describe('the plan of a client', () => {
  it('is the same for the same seed', () => {
    expect(planFor()).toEqual(planFor());
  });

  it('is another one for another seed, and for another client', () => {
    expect(planFor({ seed: 2 })).not.toEqual(planFor());
    expect(planFor({ clientIndex: 2 })).not.toEqual(planFor());
  });

  it('gives each job a key of its own', () => {
    const keys = jobsOf(planFor()).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('holds repeats, cancels, retries, deferred and malformed submits', () => {
    const plan = planFor();
    const jobs = jobsOf(plan);
    expect(jobs.filter(({ again, key }) => again?.key === key && !again.isOther)).not.toEqual([]);
    expect(jobs.filter(({ again, key }) => again !== null && again.key !== key)).not.toEqual([]);
    expect(jobs.filter(({ again, key }) => again?.key === key && again.isOther)).not.toEqual([]);
    for (const member of ['cancelAfterMs', 'retryAfterMs', 'delayMs'] as const)
      expect(jobs.filter((job) => job[member] !== null)).not.toEqual([]);
    expect(new Set(jobs.map(({ request }) => request.priority))).toEqual(new Set([undefined, 2, 8]));
    expect(plan.length).toBeGreaterThan(jobs.length);
  });

  it('has a delay where a job is DEFERRED, and nowhere else', () => {
    for (const { request, delayMs } of jobsOf(planFor())) expect(request.type === 'DEFERRED').toBe(delayMs !== null);
  });

  it('is much longer for the noisy one of the clients', () => {
    const [noisy, quiet] = [0, 1].map((clientIndex) => planFor({ clientIndex, profile: 'noisy-tenant' }).length);
    expect(noisy).toBeGreaterThan((quiet ?? 0) * 5);
  });
});

describe('the mix', () => {
  const named = catalogMix.flatMap(({ work }) => ('kind' in work ? [work.kind] : []));

  it('has every kind of the catalog that a submit may name', () => {
    const wanted = syntheticKinds.filter((kind) => !kindsRefusedAtSubmit.includes(kind));
    expect(wanted.filter((kind) => !named.includes(kind))).toEqual([]);
  });

  it('names custom kinds that the workers of the simulator ask for', () => {
    const custom = catalogMix.flatMap(({ work }) => (work.by === 'own workers' ? [work.kind] : []));
    expect(custom.filter((kind) => !ownKinds.includes(kind))).toEqual([]);
  });
});
