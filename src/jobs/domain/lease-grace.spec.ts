import { describe, expect, it } from '@jest/globals';
import { type LeaseTerm, lookAtLease, type Reception } from './lease-grace.js';

const second = 1_000;
const leaseMs = 30 * second;
/** Begun at 0, with its last heartbeat at 970 s. */
const lease: LeaseTerm = { beganAt: 0, endsAt: 1_000 * second, leaseMs };
const heard = (since: number, until: number): Reception => ({ since: since * second, until: until * second });
const look = (now: number, ...receptions: Reception[]) => lookAtLease(lease, receptions, now * second);

describe('a lease that has run out', () => {
  it('is over once a node has heard nothing for a whole term', () => {
    expect(look(1_000, heard(-500, 1_000))).toBe('over');
    expect(look(1_000.2, heard(500, 1_000))).toBe('over');
  });

  it('is looked at again when it ends, where it has not', () => {
    expect(look(999, heard(-500, 999))).toBe(1_000 * second);
    expect(look(998, heard(-500, 1_000.5))).toBe(1_000 * second);
  });

  it('waits for the next word of a node that was last heard of before the end', () => {
    expect(look(1_000.2, heard(500, 999.5))).toBe(1_000.45 * second);
  });

  it('gets one full term after a start, from when heartbeats can be heard again', () => {
    expect(look(1_041, heard(500, 980), heard(1_040, 1_041))).toBe(1_070 * second);
    expect(look(1_069, heard(500, 980), heard(1_040, 1_069))).toBe(1_070 * second);
    expect(look(1_070, heard(500, 980), heard(1_040, 1_070))).toBe('over');
  });

  it('is not over while no node hears, however long that lasts', () => {
    expect(look(1_041, heard(500, 980))).toBe(1_071 * second);
    expect(look(90_000)).toBe(90_030 * second);
  });

  it('is over where a node had heard nothing for a whole term before it went away', () => {
    expect(look(1_041, heard(500, 1_000.5))).toBe('over');
  });

  it('gets one more term, and no third, from nodes that begin beside one that has heard all along', () => {
    expect(look(1_000, heard(500, 1_000), heard(990, 1_000))).toBe(1_020 * second);
    expect(look(1_020, heard(500, 1_020), heard(990, 1_020))).toBe('over');
    expect(look(1_025, heard(500, 1_025), heard(1_024, 1_025))).toBe(1_030 * second);
    expect(look(1_030, heard(500, 1_030), heard(1_024, 1_030))).toBe('over');
  });

  it('gets nothing from a node that has been hearing since before it began', () => {
    const young: LeaseTerm = { beganAt: 100 * second, endsAt: 100 * second + 400, leaseMs: 60 * second };
    expect(lookAtLease(young, [heard(99, 100.4)], 100.4 * second)).toBe('over');
    expect(lookAtLease(young, [heard(100, 100.4)], 100.4 * second)).toBe('over');
  });

  it('is judged by what was heard of within three seconds, to either side', () => {
    expect(look(1_001, heard(500, 1_004))).toBe('over');
    expect(look(1_002, heard(500, 999))).toBe(1_002.25 * second);
  });

  it('is not judged by what was written before the clock was set back', () => {
    expect(look(1_001, heard(500, 4_600))).toBe(1_031 * second);
    expect(look(1_001, heard(500, 4_600), heard(995, 1_001))).toBe(1_025 * second);
  });
});
