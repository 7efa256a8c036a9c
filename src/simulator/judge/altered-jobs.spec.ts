import { describe, expect, it } from '@jest/globals';
import { brokenIn } from '../../../test/support/broken-in.js';
import {
  definitionOf,
  empty,
  good,
  goodJob,
  historyOf,
  leaseOf,
  submitOf,
} from '../../../test/support/simulated-histories.js';
import { type History, type PreparedSchedule } from './history.js';

const ofSchedule = { idempotency_key: null, schedule_id: 's1' };
const withLease = (more: Partial<History['leases'][number]>): readonly string[] =>
  brokenIn({ ...good, leases: [leaseOf('a', more), leaseOf('b')] });

describe('a job that is another than was submitted', () => {
  const other = definitionOf({ tags: { of: 'another' } });

  it('is found by the answer to its submit', () => {
    const submits = [submitOf('a', { definition: other }), ...good.submits.slice(1)];
    expect(
      brokenIn({ ...good, submits: submits.map((each) => ({ ...each, inBatch: null, replayed: each.jobId === 'a' })) }),
    ).toContain('altered');
  });

  it('is found by its key where its submit was not answered, unless one under it asked for it', () => {
    const events = goodJob('a');
    const lost = { outcome: 'unknown', status: null, jobId: null } as const;
    const asked = (...definitions: readonly string[]): readonly string[] =>
      brokenIn({ ...empty, events, submits: definitions.map((definition) => submitOf('a', { ...lost, definition })) });
    expect(asked(other)).toEqual(['altered']);
    expect(asked(other, definitionOf())).toEqual([]);
    expect(asked(definitionOf())).toEqual([]);
  });
});

describe('a job that is another than its schedule says', () => {
  const events = historyOf(
    'a',
    goodJob('a').map(({ name, data }) => [name, { ...data, ...(name === 'JobCreated' ? ofSchedule : {}) }]),
  );
  const tick = { scheduleId: 's1', dueAt: '08:00', outcome: 'FIRED', jobId: 'a' };
  const made = { scheduleId: 's1', payload: 'payload of a', definition: definitionOf() };
  const judged = (more: Partial<PreparedSchedule>): readonly string[] =>
    brokenIn({ ...empty, events, ticks: [tick], scheduleIds: ['s1'], schedules: [{ ...made, ...more }] });

  it('is found by its payload, and by what else it is to be', () => {
    expect(judged({})).toEqual([]);
    expect(judged({ payload: null })).toEqual(['altered']);
    expect(judged({ definition: definitionOf({ queue: 'another' }) })).toEqual(['altered']);
  });
});

describe('a lease that tells its worker something else than the log says', () => {
  it('is found, whatever it is', () => {
    expect(withLease({})).toEqual([]);
    for (const more of [{ queue: 'nowhere' }, { workKind: 'other' }, { attempt: 2 }, { executionTimeoutMs: 1 }])
      expect(withLease(more)).toEqual(['altered']);
  });

  it('is found where it is not in the log', () => {
    const leases = [...good.leases, leaseOf('a', { leaseId: 'another' })];
    expect(brokenIn({ ...good, leases })).toEqual(['altered']);
  });
});

describe('a key', () => {
  it('is told of a repeat that it is one', () => {
    const submits = (replayed: boolean) => [submitOf('a'), submitOf('b'), submitOf('a', { replayed })];
    expect(brokenIn({ ...good, submits: submits(true) })).toEqual([]);
    expect(brokenIn({ ...good, submits: submits(false) })).toEqual(['doubled']);
  });
});

describe('a job that is queued before the time that its submit said', () => {
  it('is early, whatever its log says of that time', () => {
    const submits = (dueAt: number) => [submitOf('a', { dueAt, lateMs: 0 })];
    const [created] = goodJob('a');
    const at = created?.at ?? 0;
    expect(brokenIn({ ...empty, events: goodJob('a'), submits: submits(at + 2_500) })).toEqual(['early']);
    expect(brokenIn({ ...empty, events: goodJob('a'), submits: submits(at) })).toEqual([]);
  });
});
