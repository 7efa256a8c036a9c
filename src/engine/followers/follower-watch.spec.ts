import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { FollowerWatch } from './follower-watch.js';

function world() {
  const at = { now: 0, head: 5n, position: '5' as string | null, isAway: false as boolean | 'locked' };
  const failures: Error[] = [];
  const row = (): object => ({ name: 'jobs', position: at.position, version: 1, epoch: '1', events_applied: '0' });
  const query = (): Promise<object> =>
    at.isAway !== false
      ? Promise.reject(
          at.isAway === 'locked' ? Object.assign(new Error('locked'), { code: '57014' }) : new Error('away'),
        )
      : Promise.resolve({ rows: at.position === null ? [] : [row()] });
  const watch = new FollowerWatch({
    names: ['jobs'],
    pool: { query } as unknown as Pick<Pool, 'query'>,
    store: { head: () => Promise.resolve(at.head) },
    failed: (error) => failures.push(error),
    monotonicNow: () => at.now,
  });
  const looks = async (times: number, everyMs = 1_000): Promise<number | undefined> => {
    for (let look = 0; look < times; look += 1) {
      at.now += everyMs;
      await watch.look();
    }
    return watch.stands().get('jobs')?.stalledMs;
  };
  return { at, failures, looks, watch };
}

describe('the watch over followers', () => {
  it('counts from when a follower fell behind for as long as it does not move', async () => {
    const { at, looks } = world();
    expect(await looks(60)).toBe(0);
    at.head = 6n;
    expect(await looks(1)).toBe(0);
    expect(await looks(9)).toBe(9_000);
    at.position = '6';
    expect(await looks(1)).toBe(0);
  });

  it('counts nothing for one that gets on and never arrives', async () => {
    const { at, looks } = world();
    for (let round = 0; round < 30; round += 1) {
      at.head += 10n;
      at.position = String(at.head - 7n);
      expect(await looks(1)).toBe(0);
    }
  });

  it('counts one that has no checkpoint at all, and tells it apart', async () => {
    const { at, looks, watch } = world();
    at.position = null;
    expect(await looks(9)).toBe(8_000);
    expect(watch.stands().get('jobs')?.hasBegun).toBe(false);
  });

  it('counts only what it saw, so that a process that was frozen itself accuses nobody', async () => {
    const { at, looks } = world();
    await looks(3);
    at.head = 6n;
    expect(await looks(1, 3_600_000)).toBe(0);
    expect(await looks(1, 3_600_000)).toBe(5_000);
  });

  it('goes on where it was when it could not look for a moment', async () => {
    const { at, failures, looks } = world();
    await looks(1);
    at.head = 6n;
    expect(await looks(4)).toBe(3_000);
    at.isAway = true;
    expect(await looks(3)).toBe(3_000);
    expect(failures).toHaveLength(3);
    at.isAway = false;
    expect(await looks(1)).toBe(7_000);
  });

  it('counts on where the checkpoints are locked: nobody writes what nobody may read', async () => {
    const { at, failures, looks } = world();
    at.isAway = 'locked';
    expect(await looks(3)).toBeUndefined();
    at.isAway = false;
    await looks(1);
    at.head = 6n;
    at.isAway = 'locked';
    expect(await looks(9)).toBe(8_000);
    expect(failures).toHaveLength(12);
    at.position = '6';
    at.isAway = false;
    expect(await looks(1)).toBe(0);
  });

  it('takes one that had not begun before the lock for one that has not begun', async () => {
    const { at, looks, watch } = world();
    at.position = null;
    await looks(1);
    at.isAway = 'locked';
    expect(await looks(9)).toBe(9_000);
    expect(watch.stands().get('jobs')?.hasBegun).toBe(false);
  });
});
