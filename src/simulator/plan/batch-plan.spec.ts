import { describe, expect, it } from '@jest/globals';
import { batchPlan, type PlannedBatch } from './batch-plan.js';
import { profiles } from './profiles.js';
import { submitPlan } from './submit-plan.js';

const options = { profile: profiles.standard, clientIndex: 1, forMs: 1_200_000, targetUrl: 'http://127.0.0.1:1' };
const planFor = (seed = 1): readonly PlannedBatch[] => [...batchPlan({ ...options, seed })];

describe('the batches of a client', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(planFor()).toEqual(planFor());
    expect(planFor(2)).not.toEqual(planFor());
  });

  it('hold several jobs with keys of their own, some of them twice, and something malformed', () => {
    const items = planFor().flatMap((batch) => batch.items);
    const keys = items.flatMap((item) => ('key' in item ? [item.key] : []));
    expect(items.length).toBeGreaterThan(keys.length);
    expect(new Set(keys).size).toBeLessThan(keys.length);
    const alone = new Set(
      [...submitPlan({ ...options, seed: 1 })].flatMap((each) => ('key' in each ? [each.key] : [])),
    );
    expect(keys.filter((key) => alone.has(key))).toEqual([]);
  });

  it('name callbacks for some of their jobs', () => {
    const callbacks = planFor()
      .flatMap((batch) => batch.items)
      .flatMap((item) => ('request' in item && item.request.callback !== undefined ? [item.request.callback] : []));
    expect(callbacks[0]).toMatch(/^http:\/\/127\.0\.0\.1:1\/callbacks\/1\/s1-c1-b/);
  });
});
