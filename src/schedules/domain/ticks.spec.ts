import { describe, expect, it } from '@jest/globals';
import { Beat } from '../../../test/support/beat.js';
import { type Instant } from '../../kernel/instant.js';
import { Calendar, type CronRule } from './calendar.js';
import { type TickRule } from './schedule.state.js';
import { isLate, nextTick, ticksBetween, ticksToMakeUp } from './ticks.js';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const calendar = new Beat();
const every = (ms: number, bounds: Partial<TickRule> = {}): TickRule => ({
  ...{ cron: String(ms), timezone: 'UTC', startAt: null, endAt: null },
  ...bounds,
});
const minutes = (...list: number[]): number[] => list.map((n) => n * minute);

/** Is due no more. */
class Over extends Calendar {
  next(): null {
    return null;
  }
}

/** Remembers after which instants it was asked. */
class Asked extends Calendar {
  readonly after: Instant[] = [];

  next(rule: CronRule, after: Instant): Instant | null {
    this.after.push(after);
    return calendar.next(rule, after);
  }
}

describe('the next tick', () => {
  it('is the first after an instant', () => {
    expect([0, minute - 1, minute].map((after) => nextTick(every(minute), after, calendar))).toEqual(minutes(1, 1, 2));
    expect(nextTick(every(minute), 0, new Over())).toBeNull();
  });

  it('lies between the start and the end of its rule, at them too', () => {
    const bounded = every(minute, { startAt: 3 * minute, endAt: 4 * minute });
    const next = [0, 3 * minute - 1, 3 * minute, 4 * minute].map((after) => nextTick(bounded, after, calendar));
    expect(next).toEqual([...minutes(3, 3, 4), null]);
    expect(nextTick(every(minute, { endAt: 1 }), 0, new Over())).toBeNull();
  });
});

describe('the ticks of a time', () => {
  it('are those after its beginning, up to its end', () => {
    expect(ticksBetween(every(minute), minute, 3 * minute, 9, calendar)).toEqual(minutes(2, 3));
    expect(ticksBetween(every(minute), minute, 2 * minute - 1, 9, calendar)).toEqual([]);
    expect(ticksBetween(every(minute, { endAt: 2 * minute }), 0, 9 * minute, 9, calendar)).toEqual(minutes(1, 2));
  });

  it('are so many at most, the first ones', () => {
    expect(ticksBetween(every(minute), 0, 9 * minute, 2, calendar)).toEqual(minutes(1, 2));
    expect(ticksBetween(every(minute), 0, 9 * minute, 0, calendar)).toEqual([]);
  });
});

describe('a tick that is dealt with after its time', () => {
  it('is late after half the time to the next', () => {
    const late = [30 * second, 30 * second + 1].map((by) => isLate(every(minute), minute, minute + by, calendar));
    expect(late).toEqual([false, true]);
  });

  it('is not late within five seconds, which takes no look at the calendar', () => {
    const asked = new Asked();
    expect(isLate(every(second), minute, minute + 5 * second, asked)).toBe(false);
    expect(asked.after).toEqual([]);
    expect(isLate(every(second), minute, minute + 5 * second + 1, asked)).toBe(true);
  });

  it('is late after five minutes, however long the next one takes to come', () => {
    const late = [5 * minute, 5 * minute + 1].map((by) => isLate(every(day), day, day + by, calendar));
    expect(late).toEqual([false, true]);
  });

  it('is not late before that where it is the last one', () => {
    expect(isLate(every(minute), minute, 6 * minute, new Over())).toBe(false);
    expect(isLate(every(minute), minute, 6 * minute + 1, new Over())).toBe(true);
  });
});

describe('the ticks of an outage that are made up for', () => {
  const span = (rule: TickRule, from: Instant, to: Instant) => ({ rule, from, to });
  const madeUp = (missed: 'skip' | 'fire_once' | 'fire_all', endsAt: Instant, ...spans: ReturnType<typeof span>[]) =>
    ticksToMakeUp(missed, spans, endsAt, calendar);
  const whole = span(every(minute), 0, 4 * minute + 40 * second);

  it('are none where missed ones are skipped, but for a last one that is not late', () => {
    expect(madeUp('skip', 4 * minute + 40 * second, whole)).toEqual([]);
    expect(madeUp('skip', 4 * minute + 20 * second, whole)).toEqual(minutes(4));
  });

  it('are the last one, or all, late or not', () => {
    expect(madeUp('fire_once', day, whole)).toEqual(minutes(4));
    expect(madeUp('fire_all', day, whole)).toEqual(minutes(1, 2, 3, 4));
  });

  it('are the last ones of what was in force, oldest first', () => {
    const changed = span(every(2 * minute), 4 * minute + 40 * second, 9 * minute);
    expect(madeUp('fire_once', day, whole, changed)).toEqual(minutes(8));
    expect(madeUp('fire_all', day, whole, changed)).toEqual(minutes(1, 2, 3, 4, 6, 8));
    const seconds = span(every(second), 0, 99 * second);
    expect(madeUp('fire_all', day, seconds, span(every(minute), 99 * second, 3 * minute))).toEqual([
      ...Array.from({ length: 98 }, (_, n) => (n + 2) * second),
      ...minutes(2, 3),
    ]);
  });

  it('are looked for far back where they lie far back, and no further', () => {
    expect(madeUp('fire_once', 9 * day, span(every(day), 0, 2 * day - 1))).toEqual([day]);
    const asked = new Asked();
    ticksToMakeUp('fire_once', [span(every(minute), 0, day)], day, asked);
    expect(Math.min(...asked.after)).toBe(day - minute);
  });

  it('are none of a time in which none was due', () => {
    expect(madeUp('fire_all', day, span(every(day), 0, minute))).toEqual([]);
  });
});
