import { describe, expect, it, jest } from '@jest/globals';
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
  const steps: number[] = [];
  const troubles: unknown[] = [];
  const clock = new AlignedClock({
    onJump: (ms) => jumps.push(ms),
    onStep: (ms) => steps.push(ms),
    onTrouble: (error) => troubles.push(error),
    sources: { monotonic: () => at.monotonic, wall: () => at.wall },
  });
  return { at, pass, clock, jumps, steps, troubles, pool: { query: answer } as unknown as Pick<Pool, 'query'> };
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

  it('spreads a small correction backwards out', async () => {
    const { clock, at, pass, pool } = await started();
    at.database -= 200;
    await clock.align(pool);
    expect(clock.now() - at.database).toBe(200);
    pass(1_000);
    expect(clock.now() - at.database).toBe(100);
    pass(1_000);
    expect(clock.now() - at.database).toBe(0);
  });

  // What happens because its instant has come would be stamped as if it had come early.
  it.each([0.4, 200, 60_000])(
    'makes a correction forwards at once, so that no stamp lies behind what is due: %p ms',
    async (ms) => {
      const { clock, at, pool } = await started();
      at.database += ms;
      await clock.align(pool);
      expect(clock.now()).toBe(Math.floor(at.database));
      expect(clock.now()).toBe(clock.due());
    },
  );

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

  it("follows the database's clock at once for what is due, also backwards, and says so", async () => {
    const { clock, at, pass, pool, steps } = await started();
    at.database -= 60_000;
    expect(clock.due() - at.database).toBe(60_000);
    await clock.align(pool);
    expect(clock.due()).toBe(at.database);
    expect(clock.now()).toBeGreaterThan(at.database + 59_000);
    pass(5_000);
    await clock.align(pool);
    expect(clock.due()).toBe(at.database);
    at.database += 3_600_000;
    await clock.align(pool);
    expect(clock.due()).toBe(at.database);
    expect(clock.now()).toBe(at.database);
    expect(steps).toEqual([-60_000, 3_600_000]);
  });

  it('takes no slow answer for a step, nor for better than what it knows', async () => {
    const { clock, at, pass, pool, steps } = await started();
    const slow = {
      query: async (question: string) => {
        const answer: unknown = await pool.query(question);
        pass(900);
        return answer;
      },
    } as unknown as Pick<Pool, 'query'>;
    await clock.align(slow);
    expect(clock.due()).toBe(at.database);
    at.database += 5_000;
    await clock.align(slow);
    expect(Math.abs(clock.due() - at.database)).toBeLessThanOrEqual(450);
    expect(steps).toHaveLength(1);
  });

  it('asks the database every second', async () => {
    jest.useFakeTimers();
    try {
      const { clock, pool, at } = world();
      let asked = 0;
      const counted = {
        query: (question: string) => {
          asked += 1;
          return pool.query(question);
        },
      } as unknown as Pick<Pool, 'query'>;
      await clock.start(counted);
      const before = asked;
      at.database -= 60_000;
      await jest.advanceTimersByTimeAsync(1_000);
      expect(asked).toBeGreaterThan(before);
      expect(clock.due()).toBe(at.database);
      await clock.stop();
    } finally {
      jest.useRealTimers();
    }
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
