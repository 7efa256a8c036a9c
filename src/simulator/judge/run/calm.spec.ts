import { describe, expect, it } from '@jest/globals';
import { Calm } from './calm.js';

const fault = (name: string, atMs: number, healedMs: number) =>
  ({ kind: 'fault', about: '', target: '', endedMs: healedMs, name, atMs, healedMs }) as const;

describe('the calm of a run', () => {
  it('is all of it where nothing went wrong', () => {
    expect(new Calm([]).msBetween(1_000, 6_000)).toBe(5_000);
    expect(new Calm([]).msBetween(6_000, 1_000)).toBe(0);
  });

  it('leaves out what was wrong, once', () => {
    const calm = new Calm([
      { fromAt: 30, toAt: 40 },
      { fromAt: 0, toAt: 10 },
      { fromAt: 5, toAt: 20 },
    ]);
    expect(calm.msBetween(0, 100)).toBe(70);
    expect(calm.msBetween(15, 35)).toBe(10);
    expect(calm.msBetween(32, 38)).toBe(0);
  });

  it('begins again a while after a fault, and after an engine ended by itself', () => {
    const calm = Calm.amid(1_000_000, {
      suffered: [fault('kill', 10_000, 12_000)],
      lapses: [],
      ended: [{ kind: 'ended', node: '', how: '', atMs: 60_000 }],
    });
    expect(calm.msBetween(1_000_000, 1_100_000)).toBe(100_000 - 22_000 - 20_000);
  });

  it('is not around a jump of the clock, by which the stamps of events lie elsewhere', () => {
    const calm = Calm.amid(1_000_000, { suffered: [fault('clock', 50_000, 55_000)], ended: [], lapses: [] });
    expect(calm.msBetween(1_005_000, 1_100_000)).toBe(5_000 + 5_000);
  });

  it('is not where the machine lost time, and has faults at their moments after its clock was set', () => {
    const jump = { atMs: 30_000, jumpMs: 600_000, fromAt: 1_030_000, toAt: 1_630_000 };
    const calm = Calm.amid(1_000_000, { suffered: [fault('kill', 80_000, 80_000)], ended: [], lapses: [jump] });
    expect(calm.msBetween(1_000_000, 1_680_000)).toBe(30_000 + 30_000);
    expect(calm.msBetween(1_680_000, 1_800_000)).toBe(100_000);
    expect([calm.momentOf(10_000), calm.momentOf(40_000)]).toEqual([1_010_000, 1_640_000]);
  });
});
