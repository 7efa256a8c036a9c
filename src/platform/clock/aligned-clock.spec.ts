import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { AlignedClock } from './aligned-clock.js';

/** A machine and a database whose clocks the test sets; every question takes 10 ms each way. */
function world({ wall = 5_000_000, database = 1_000_000 } = {}) {
  const at = { monotonic: 100, wall, database, isAway: false };
  const pass = (ms: number): void => {
    at.monotonic += ms;
    at.wall += ms;
    at.database += ms;
  };
  const answer = (): Promise<{ rows: { ms: number }[] }> => {
    if (at.isAway) return Promise.reject(new Error('away'));
    pass(10);
    const rows = [{ ms: at.database }];
    pass(10);
    return Promise.resolve({ rows });
  };
  const jumps: number[] = [];
  const troubles: unknown[] = [];
  const clock = new AlignedClock({
    onJump: (ms) => jumps.push(ms),
    onTrouble: (error) => troubles.push(error),
    sources: { monotonic: () => at.monotonic, wall: () => at.wall },
  });
  return { at, pass, clock, jumps, troubles, pool: { query: answer } as unknown as Pick<Pool, 'query'> };
}

async function started(initial = {}) {
  const all = world(initial);
  await all.clock.start(all.pool);
  await all.clock.stop();
  return all;
}

describe('the aligned clock', () => {
  it("tells the machine's time until it has asked the database", () => {
    const { clock, at } = world();
    expect(clock.now()).toBe(at.wall);
  });

  it("tells the database's time after start, whatever the wall clock says", async () => {
    const { clock, at, pass } = await started({ wall: 1_000_000 + 3_600_000 });
    pass(1_234);
    expect(clock.now()).toBe(at.database);
    expect(clock.skewMs()).toBe(3_600_000);
  });

  it('does not follow a wall clock that is set, and reports it', async () => {
    const { clock, at, pass, jumps } = await started();
    at.wall -= 3_600_000;
    pass(500);
    expect(clock.watchWall()).toBe(true);
    expect(clock.watchWall()).toBe(false);
    expect(jumps).toEqual([-3_600_000]);
    expect(clock.now()).toBe(at.database);
  });

  it('spreads a small correction out', async () => {
    const { clock, at, pass, pool } = await started();
    at.database += 200;
    await clock.align(pool);
    expect(at.database - clock.now()).toBe(200);
    pass(1_000);
    expect(at.database - clock.now()).toBe(100);
    pass(1_000);
    expect(at.database - clock.now()).toBe(0);
  });

  it('makes a large correction forwards at once', async () => {
    const { clock, at, pool } = await started();
    at.database += 60_000;
    await clock.align(pool);
    expect(clock.now()).toBe(at.database);
  });

  it('never goes backwards, and is at half speed until the database has caught up', async () => {
    const { clock, at, pass, pool } = await started();
    at.database -= 60_000;
    let last = clock.now();
    for (let second = 0; second < 130; second += 1) {
      if (second % 5 === 0) await clock.align(pool);
      pass(1_000);
      const now = clock.now();
      expect(now).toBeGreaterThan(last);
      last = now;
    }
    expect(last).toBe(at.database);
  });

  it('goes on with what it knew while the database is away, and says so once', async () => {
    const { clock, at, pass, pool, troubles } = await started();
    at.isAway = true;
    await clock.align(pool);
    await clock.align(pool);
    pass(90_000);
    expect(clock.now()).toBe(at.database);
    expect(troubles).toHaveLength(1);
    expect(clock.alignedAgoMs()).toBeGreaterThanOrEqual(90_000);
    at.isAway = false;
    await clock.align(pool);
    expect(troubles[1]).toBeNull();
  });

  it('refuses to start without the database', async () => {
    const { clock, at, pool } = world();
    at.isAway = true;
    await expect(clock.start(pool)).rejects.toThrow('away');
  });

  it('trusts the answer that came back fastest', async () => {
    const { clock, at, pass, pool } = world();
    let asked = 0;
    const slowOnce = {
      query: async (question: string) => {
        asked += 1;
        const answer: unknown = await pool.query(question);
        if (asked === 1) pass(800);
        return answer;
      },
    } as unknown as Pick<Pool, 'query'>;
    await clock.start(slowOnce);
    await clock.stop();
    expect(clock.now()).toBe(at.database);
  });
});
