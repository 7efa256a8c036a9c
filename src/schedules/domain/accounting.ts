import type { Instant } from '../../kernel/instant.js';
import { mergedOutages, type Outage } from '../../kernel/outage.js';
import type { ScheduleGround } from './calendar.js';
import type { FiredReason, ScheduleEvent, ScheduleRule, SkippedReason } from './schedule.events.js';
import { evolve, type LiveSchedule } from './schedule.state.js';
import {
  isLate,
  latestMs,
  mostEventsAtOnce,
  mostTicksAtOnce,
  nextTick,
  ticksBetween,
  ticksToCatchUp,
} from './ticks.js';

/** Accounts for ticks one after the other: every event is decided on what the one before it led to. */
export class Accounting {
  readonly events: ScheduleEvent[] = [];

  constructor(
    private current: LiveSchedule,
    private readonly ground: ScheduleGround,
  ) {}

  get schedule(): LiveSchedule {
    return this.current;
  }

  /**
   * Accounts for what is due by now; false when that is too much for one decision, and more is left. A tick is missed
   * when nothing was there to fire it, or when it is older than a day: what an engine that was there comes to late fires
   * late.
   */
  catchUp(at: Instant, outages: readonly Outage[]): boolean {
    if (this.current.paused) return this.skipPaused(at);
    const { missedUntil } = this.current;
    if (missedUntil !== null && !this.makeUp(missedUntil, missedUntil + 1, at)) return false;
    const gaps = mergedOutages([...outages, { from: Number.NEGATIVE_INFINITY, to: at - latestMs }]);
    for (;;) {
      const first = this.nextAfter(this.current.accountedTo);
      if (first === null || first > at) return true;
      if (this.events.length >= mostEventsAtOnce) return false;
      const gap = gaps.find(({ from, to }) => from < first && first < to);
      const isDone =
        gap === undefined
          ? this.placeAll(Math.min(at, gaps.find(({ from }) => from >= first)?.from ?? at), at)
          : this.makeUp(Math.min(at, gap.to - 1), gap.to, at);
      if (!isDone) return false;
    }
  }

  /** Fires one occurrence, whatever came before it. */
  fire(dueAt: Instant, jobId: string, version: number, reason: FiredReason | null): void {
    const { scheduleId, clientId, rule, active, nextAt } = this.current;
    const isTick = reason === null || reason === 'late';
    this.add({
      type: 'OccurrenceFired',
      data: {
        ...{ scheduleId, clientId, version, dueAt, jobId, reason },
        cancels: rule.overlap === 'cancel_previous' ? active : [],
        nextAt: isTick ? this.nextAfter(dueAt) : nextAt,
      },
    });
  }

  skip(dueAts: readonly Instant[], reason: SkippedReason): void {
    const { scheduleId, clientId, version, nextAt, accountedTo } = this.current;
    const last = dueAts.at(-1) ?? accountedTo;
    // A tick that was buffered before is older than what is accounted for.
    const next = last > accountedTo ? this.nextAfter(last) : nextAt;
    this.add({ type: 'OccurrencesSkipped', data: { scheduleId, clientId, version, dueAts, reason, nextAt: next } });
  }

  add(event: ScheduleEvent): void {
    this.events.push(event);
    const after = evolve(this.current, event);
    if (after.state === 'LIVE') this.current = after;
  }

  nextAfter(instant: Instant): Instant | null {
    return this.nextOf(this.current.rule, instant);
  }

  nextOf(rule: ScheduleRule, after: Instant): Instant | null {
    return nextTick(rule, after, this.ground.calendar);
  }

  private skipPaused(at: Instant): boolean {
    const ticks = this.ticks(this.current.accountedTo, at, mostTicksAtOnce);
    if (ticks.length > 0) this.skip(ticks, 'paused');
    return ticks.length < mostTicksAtOnce;
  }

  /** An outage: most of its ticks are missed, some of the last ones may be made up for. */
  private makeUp(until: Instant, outageEndsAt: Instant, at: Instant): boolean {
    const { rule, accountedTo } = this.current;
    const kept = ticksToCatchUp(rule, accountedTo, until, outageEndsAt, this.ground.calendar);
    const missedUntil = kept[0] === undefined ? until : kept[0] - 1;
    const missed = this.ticks(accountedTo, missedUntil, mostTicksAtOnce + 1);
    const isLast = missed.length <= mostTicksAtOnce;
    if (missed.length > 0) this.miss(missed.slice(0, mostTicksAtOnce), isLast ? null : until);
    if (!isLast) return false;
    for (const tick of kept) this.place(tick, this.latenessOf(tick, at));
    return true;
  }

  /** Ticks that something was there to fire. */
  private placeAll(until: Instant, at: Instant): boolean {
    const most = mostEventsAtOnce - this.events.length;
    const ticks = this.ticks(this.current.accountedTo, until, most + 1);
    for (const tick of ticks.slice(0, most)) this.place(tick, this.latenessOf(tick, at));
    return ticks.length <= most;
  }

  private latenessOf(tick: Instant, at: Instant): FiredReason | null {
    return isLate(this.current.rule, tick, at, this.ground.calendar) ? 'late' : null;
  }

  private miss(dueAts: readonly Instant[], until: Instant | null): void {
    const { scheduleId, clientId, version, accountedTo } = this.current;
    const nextAt = this.nextAfter(dueAts.at(-1) ?? accountedTo);
    this.add({
      type: 'OccurrencesMissed',
      data: { scheduleId, clientId, version, dueAts, reason: 'late', until, nextAt },
    });
  }

  /** What becomes of a tick while jobs of earlier ones may still be under way. */
  private place(dueAt: Instant, reason: FiredReason | null): void {
    const { scheduleId, clientId, version, rule, active, buffered } = this.current;
    const isFree = active.length === 0 || rule.overlap === 'allow' || rule.overlap === 'cancel_previous';
    if (isFree) this.fire(dueAt, this.ground.jobIdOf(scheduleId, dueAt), version, reason);
    else if (rule.overlap === 'skip') this.skip([dueAt], 'overlap');
    else if (buffered !== null) this.skip([dueAt], 'buffer_full');
    else {
      const nextAt = this.nextAfter(dueAt);
      this.add({ type: 'OccurrenceBuffered', data: { scheduleId, clientId, version, dueAt, nextAt } });
    }
  }

  private ticks(after: Instant, until: Instant, most = Number.POSITIVE_INFINITY): readonly Instant[] {
    return ticksBetween(this.current.rule, after, until, most, this.ground.calendar);
  }
}
