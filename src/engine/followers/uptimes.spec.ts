import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { StillClock } from '../../../test/support/still-clock.js';
import { Uptimes } from './uptimes.js';

const hour = 3_600_000;
const now = 1_000 * hour;

function known(...stretches: readonly (readonly [began: number, renewed: number])[]) {
  const asked = { times: 0 };
  const clock = new StillClock(now);
  const query = (): Promise<object> => {
    asked.times += 1;
    const rows = stretches.map(([began, renewed]) => ({ began, renewed, now: clock.at })).reverse();
    return Promise.resolve({ rows: rows.length === 0 ? [{ began: null, renewed: null, now: clock.at }] : rows });
  };
  return { asked, clock, uptimes: new Uptimes({ query } as unknown as Pick<Pool, 'query'>, clock) };
}

describe('the outages of the last day', () => {
  it('are what lies between two stretches in which something was there', async () => {
    const { uptimes } = known(
      [now - 40 * hour, now - 3 * hour],
      [now - 2 * hour, now - hour],
      [now - hour + 60_000, now - 500],
    );
    expect(await uptimes.outages()).toEqual([
      { from: now - 3 * hour, to: now - 2 * hour },
      { from: now - hour, to: now - hour + 60_000 },
    ]);
  });

  it('are not those of a few seconds, nor of two that began together', async () => {
    const { uptimes } = known(
      [now - 40 * hour, now - 2 * hour],
      [now - 2 * hour + 4_000, now - 2 * hour + 4_000],
      [now - 2 * hour + 4_010, now - 900],
    );
    expect(await uptimes.outages()).toEqual([]);
  });

  it('count one that goes on', async () => {
    const { uptimes } = known([now - 40 * hour, now - 10_000]);
    expect(await uptimes.outages()).toEqual([{ from: now - 10_000, to: now }]);
  });

  it('count the time of which nothing is known', async () => {
    expect(await known().uptimes.outages()).toEqual([{ from: 0, to: now }]);
    expect(await known([now - hour, now - 100]).uptimes.outages()).toEqual([{ from: 0, to: now - hour }]);
  });

  it('are asked for once a second, and again when the clock has jumped', async () => {
    const { asked, clock, uptimes } = known([now - 40 * hour, now - 100]);
    await Promise.all([uptimes.outages(), uptimes.outages()]);
    clock.at += 999;
    await uptimes.outages();
    expect(asked.times).toBe(1);
    clock.at += 10;
    await uptimes.outages();
    clock.at += hour;
    await uptimes.outages();
    clock.at -= hour;
    await uptimes.outages();
    expect(asked.times).toBe(4);
  });
});
