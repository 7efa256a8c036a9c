import { describe, expect, it } from '@jest/globals';
import { reportOn } from './follower-report.js';

const jobs = { name: 'jobs', version: 2, kind: 'projection' } as const;
const now = 1_000_000;
const at = (position: bigint | null, updatedAt = now) => ({ name: 'jobs', version: 2, position, updatedAt });
const log = { head: 10n, countsEvents: true };

describe('the report on a follower', () => {
  it('counts what lies between it and the end of the log', () => {
    expect(reportOn(jobs, at(7n), log, [], now - 2_500, now)).toMatchObject({
      position: '7',
      head: '10',
      lag_events: 3,
      lag_seconds: 2.5,
      state: 'following',
    });
    expect(reportOn(jobs, at(10n), log, [], null, now)).toMatchObject({
      lag_events: 0,
      lag_seconds: 0,
      state: 'caught_up',
    });
  });

  it('counts no events where positions do not', () => {
    expect(reportOn(jobs, at(7n), { ...log, countsEvents: false }, [], now, now).lag_events).toBeNull();
  });

  it.each([
    [undefined, 'not_started'],
    [{ ...at(10n), version: 1 }, 'other_version'],
    [at(7n, now - 10_001), 'stalled'],
    [at(10n, 0), 'caught_up'],
  ])('tells its state', (checkpoint, state) => {
    expect(reportOn(jobs, checkpoint, log, [], now - 20_000, now).state).toBe(state);
  });

  it('does not take it for stalled while it begins on the first event after a long rest', () => {
    expect(reportOn(jobs, at(7n, now - 3_600_000), log, [], now - 50, now).state).toBe('following');
  });

  it('names the streams that wait, and only its own', () => {
    const parked = { stream: 'job-1', revision: '3', event_id: 'e1', reason: 'no', parked_at: new Date(0) };
    const report = reportOn(
      jobs,
      at(10n),
      log,
      [
        { ...parked, follower: 'jobs' },
        { ...parked, follower: 'other' },
      ],
      null,
      now,
    );
    expect(report.parked_streams).toEqual([
      { stream: 'job-1', revision: 3, event_id: 'e1', reason: 'no', parked_at: '1970-01-01T00:00:00.000Z' },
    ]);
  });
});
