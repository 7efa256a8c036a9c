import { describe, expect, it } from '@jest/globals';
import { QueueFull } from '../domain/job.refusals.js';
import { Capacity } from './capacity.js';
import { type Counts, QueueCounts, queueKey } from '../../dispatch/queue-counts.js';

class GivenCounts extends QueueCounts {
  counts: Counts = none(null);

  count(): Promise<Counts> {
    return Promise.resolve(this.counts);
  }
}

const none = (position: bigint | null): Counts => ({ position, active: 0, activeOf: new Map(), queued: new Map() });

/** Waiting in the queue `mail` of `c1`. */
const waiting = (position: bigint, jobs: number): Counts => ({
  position,
  active: jobs,
  activeOf: new Map([['c1', jobs]]),
  queued: new Map([[queueKey('c1', 'mail'), jobs]]),
});

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
    counts.count = () => Promise.reject(new Error('away'));
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
    counts.counts = waiting(7n, 6);
    await capacity.refresh();
    fill(4, 8n);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    counts.counts = none(8n);
    await capacity.refresh();
    fill(10, 9n);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });

  it('counts no job twice that is written while a count is made', async () => {
    const { capacity, counts, fill } = await given(100, 10);
    fill(2, 1n);
    let answer: (counted: Counts) => void = () => undefined;
    counts.count = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const counted = capacity.refresh();
    fill(3, 2n);
    fill(1, 4n);
    answer(waiting(3n, 5));
    await counted;
    fill(4, 5n);
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
  });

  it('counts no job twice that a count contained before its submit ended', async () => {
    const { capacity, counts, fill } = await given(100, 2);
    const under = capacity.admit('c1', 'mail', false);
    counts.counts = waiting(3n, 1);
    await capacity.refresh();
    under.settled(3n);
    fill(1, 4n);
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
    fill(2, 2n);
    for (const position of [null, 1n]) {
      counts.counts = none(position);
      await capacity.refresh();
      expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    }
  });

  it('keeps what it knew while the read model is made anew', async () => {
    const { capacity, counts, fill } = await given(100, 2);
    fill(2, 2n);
    counts.counts = waiting(2n, 2);
    await capacity.refresh();
    counts.counts = none(1n);
    await capacity.refresh();
    expect(() => capacity.admit('c1', 'mail', false)).toThrow(QueueFull);
    counts.counts = none(3n);
    await capacity.refresh();
    fill(2, 4n);
  });
});
