import { describe, expect, it } from '@jest/globals';
import { KnownProgress, type Progress, TooManyWaiters } from './projection-progress.js';

const step = (position: bigint, tables: readonly string[] | null = []): Progress => ({
  name: 'jobs',
  position,
  tables,
});

describe('known progress', () => {
  it('lets a waiter go when its position is reached, and not before', async () => {
    const progress = new KnownProgress();
    const arrived: string[] = [];
    const early = progress.waitFor('jobs', 5n, 10_000).then(() => arrived.push('early'));
    const late = progress.waitFor('jobs', 9n, 10_000).then(() => arrived.push('late'));
    progress.publish(step(6n));
    await early;
    expect(arrived).toEqual(['early']);
    progress.publish(step(9n));
    await late;
    expect(await progress.waitFor('jobs', 7n, 0)).toBe(true);
  });

  it('gives up when its time is over', async () => {
    expect(await new KnownProgress().waitFor('jobs', 1n, 1)).toBe(false);
  });

  it('never goes back', () => {
    const progress = new KnownProgress();
    progress.publish(step(6n));
    progress.publish(step(4n, null));
    expect(progress.positionOf('jobs')).toBe(6n);
  });

  it('tells of tables that changed without the position moving', () => {
    const progress = new KnownProgress();
    const seen: Progress[] = [];
    const listening = progress.steps().subscribe((one) => seen.push(one));
    progress.publish(step(6n, ['jobs']));
    progress.publish(step(6n));
    progress.publish(step(6n, ['jobs']));
    listening.unsubscribe();
    expect(seen).toHaveLength(2);
  });

  it('tells once, and whose it was, of what this process wrote, though it hears of it before', () => {
    const progress = new KnownProgress();
    const seen: Progress[] = [];
    const listening = progress.steps().subscribe((one) => seen.push(one));
    const clients = new Set(['c1']);
    progress.writes('jobs', 6n);
    progress.report('jobs', 6n);
    progress.publish({ ...step(6n, ['jobs']), clients });
    progress.report('jobs', 6n);
    progress.report('jobs', 7n);
    listening.unsubscribe();
    expect(seen).toEqual([{ ...step(6n, ['jobs']), clients }, step(7n, null)]);
  });

  it('learns by looking of what this process wrote without hearing that it did', () => {
    const progress = new KnownProgress();
    progress.writes('jobs', 6n);
    progress.publish(step(6n, null));
    expect(progress.positionOf('jobs')).toBe(6n);
  });

  it('carries only so many waiters', async () => {
    const progress = new KnownProgress(1);
    const first = progress.waitFor('jobs', 1n, 10_000);
    await expect(progress.waitFor('jobs', 1n, 10_000)).rejects.toThrow(TooManyWaiters);
    progress.publish(step(1n));
    expect(await first).toBe(true);
  });
});
