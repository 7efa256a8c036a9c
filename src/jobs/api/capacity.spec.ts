import { describe, expect, it } from '@jest/globals';
import { Capacity, QueueFull } from './capacity.js';
import { type Counts, LaneCounts, queueKey } from './capacity-counts.js';

class GivenCounts extends LaneCounts {
  counts: Counts | null = { active: 0, activeOf: new Map(), queued: new Map() };
  asked: (bigint | null)[] = [];

  countedFrom(position: bigint | null): Promise<Counts | null> {
    this.asked.push(position);
    return Promise.resolve(this.counts);
  }
}

/** Counted once, as at a start; after that time stands still, so nothing is counted unless a test says so. */
async function given(maxActiveJobs: number, maxQueuedJobs: number) {
  const counts = new GivenCounts();
  const failures: unknown[] = [];
  const limits = { maxActiveJobs, maxQueuedJobs };
  const capacity = new Capacity(
    limits,
    counts,
    (cause) => failures.push(cause),
    () => 0,
  );
  await capacity.refresh();
  const fill = (jobs: number, at = 1n): void => {
    for (let n = 0; n < jobs; n += 1) capacity.admit('c1', 'mail', false).settled(at);
  };
  return { capacity, counts, failures, fill };
}

describe('capacity', () => {
  it('goes on with what it knew when it cannot count, and says so', async () => {
    const { capacity, counts, failures, fill } = await given(100, 2);
    fill(2);
    counts.countedFrom = () => Promise.reject(new Error('away'));
    await capacity.refresh();
    expect(failures).toHaveLength(1);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });

  it('counts what this node let in before anything is told by the read model', async () => {
    const { capacity, fill } = await given(100, 3);
    fill(3);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    capacity.admit('c1', 'other', false);
    capacity.admit('c2', 'mail', false);
  });

  it('bounds all unfinished jobs together, deferred ones included', async () => {
    const { capacity } = await given(2, 100);
    capacity.admit('c1', 'mail', true);
    capacity.admit('c2', 'mail', false);
    expect(() => capacity.admit('c3', 'mail', true)).toThrow(QueueFull);
  });

  it('has room again once a count says so, and counts no job twice', async () => {
    const { capacity, counts, fill } = await given(100, 10);
    fill(6, 7n);
    counts.counts = { active: 6, activeOf: new Map([['c1', 6]]), queued: new Map([[queueKey('c1', 'mail'), 6]]) };
    await capacity.refresh();
    expect(counts.asked.at(-1)).toBe(7n);
    fill(4);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    counts.counts = { active: 0, activeOf: new Map(), queued: new Map() };
    await capacity.refresh();
    fill(10);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });

  it('keeps counting a job that is still on its way while a count is made', async () => {
    const { capacity, fill } = await given(100, 2);
    const under = capacity.admit('c1', 'mail', false);
    await capacity.refresh();
    fill(1);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    under.settled(null);
    fill(1);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });

  it('forgets nothing while the read model is behind', async () => {
    const { capacity, counts, fill } = await given(100, 2);
    fill(2);
    counts.counts = null;
    await capacity.refresh();
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });
});
