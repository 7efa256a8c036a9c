import { type Instant } from '../../kernel/instant.js';
import { mergedOutages, type Outage } from '../../kernel/outage.js';
import { type ScheduleDependencies } from './calendar.js';
import { type FiredReason, type ScheduleEvent, type SkippedReason } from './schedule.events.js';
import { ScheduleCatchingUp } from './schedule.refusals.js';
import { evolve, type ExistingSchedule, type TickRule } from './schedule.state.js';
import {
  isLate,
  latestMs,
  maxEventsAtOnce,
  maxFormerPeriods,
  maxTicksAtOnce,
  nextTick,
  type RuleSpan,
  ticksBetween,
  ticksToMakeUp,
} from './ticks.js';

/** What was in force for a while, without the ticks that are accounted for. */
type Span = RuleSpan & { readonly version: number; readonly paused: boolean };

/** Accounts for ticks one after the other: every event is decided on what the one before it led to. */
export class Accounting {
  readonly events: ScheduleEvent[] = [];

  constructor(
    private current: ExistingSchedule,
    private readonly dependencies: ScheduleDependencies,
    /** Events after which it leaves the rest to another decision. */
    private readonly maxEvents = maxEventsAtOnce,
  ) {}

  get schedule(): ExistingSchedule {
    return this.current;
  }

  /**
   * Accounts for what is due by now; false when that is too much for one decision, and more is left. A tick is missed
   * when nothing was there to fire it, or when it is older than a day: what an engine that was there comes to late fires
   * late.
   */
  catchUp(at: Instant, outages: readonly Outage[]): boolean {
    const gaps = mergedOutages([...outages, { from: Number.NEGATIVE_INFINITY, to: at - latestMs }]);
    for (;;) {
      const first = this.nextAfter(this.current.accountedTo);
      if (first === null || first > at) return true;
      if (this.events.length >= this.maxEvents) return false;
      const isDone = this.#accountFrom(first, at, gaps);
      // Else it would be looked at again and again, and nothing else would ever run.
      if (this.current.accountedTo < first) throw new TypeError(`the tick at ${first} came to nothing`);
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

  skip(dueAts: readonly Instant[], reason: SkippedReason, version = this.current.version): void {
    const { scheduleId, clientId, nextAt, accountedTo } = this.current;
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

  /** The first tick after an instant, of whichever rule was in force when it was due. */
  nextAfter(instant: Instant): Instant | null {
    for (const { rule, from, to } of this.#spans(instant, Number.POSITIVE_INFINITY)) {
      const tick = nextTick(rule, from, this.dependencies.calendar);
      if (tick !== null && tick <= to) return tick;
    }
    return null;
  }

  /**
   * When a schedule is due next that follows this rule from now on: what was due before stays due, by the rule that was
   * in force, and a timer comes for it. Throws `ScheduleCatchingUp`.
   */
  nextOnceChanged(rule: TickRule, changedAt: Instant): Instant | null {
    const { scheduleId, clientId, version, paused, nextAt, former } = this.current;
    const open = this.nextAfter(this.current.accountedTo);
    // The zone's rules may have changed since, and what is due before the change goes by those of today.
    if (open !== nextAt)
      this.add({ type: 'ScheduleRetimed', data: { scheduleId, clientId, version, paused, nextAt: open } });
    if (open === null || open > changedAt) return nextTick(rule, changedAt, this.dependencies.calendar);
    if (former.length >= maxFormerPeriods) throw new ScheduleCatchingUp(scheduleId);
    return open;
  }

  /** Writes down what the pause that ends at an instant has skipped; of very many the first. Others before it stay open. */
  endPause(at: Instant): void {
    const first = this.nextAfter(this.current.accountedTo) ?? Number.POSITIVE_INFINITY;
    const span = this.#spans(this.current.accountedTo, at).find(({ to }) => first <= to);
    if (span?.paused === true) this.#skipPaused(span);
  }

  /** As far as one rule and one fate go. */
  #accountFrom(first: Instant, at: Instant, gaps: readonly Outage[]): boolean {
    const { accountedTo, missedUntil } = this.current;
    const span = this.#spans(accountedTo, at).find(({ to }) => first <= to);
    if (span === undefined) throw new TypeError('a tick lies in no span');
    if (span.paused) return this.#skipPaused(span);
    if (missedUntil !== null && first <= missedUntil) return this.#makeUp(span, missedUntil, missedUntil + 1, at);
    const gap = gaps.find(({ from, to }) => from < first && first < to);
    if (gap !== undefined) return this.#makeUp(span, Math.min(at, gap.to - 1), gap.to, at);
    this.#placeAll(span, gaps.find(({ from }) => from >= first)?.from ?? at, at);
    return true;
  }

  #skipPaused(span: Span): boolean {
    const ticks = this.#ticks(span, span.to, maxTicksAtOnce);
    this.skip(ticks, 'paused', span.version);
    return ticks.length < maxTicksAtOnce;
  }

  /** An outage: most of its ticks are missed, some of the last ones may be made up for, whatever changed meanwhile. */
  #makeUp(span: Span, until: Instant, outageEndsAt: Instant, at: Instant): boolean {
    const spans = this.#spans(this.current.accountedTo, until).filter(({ paused }) => !paused);
    const kept = ticksToMakeUp(this.current.rule.missed, spans, outageEndsAt, this.dependencies.calendar);
    const end = Math.min(span.to, until);
    const missedTo = kept[0] === undefined ? end : Math.min(end, kept[0] - 1);
    const missed = this.#ticks(span, missedTo, maxTicksAtOnce + 1);
    const isLast = missed.length <= maxTicksAtOnce;
    if (missed.length > 0) {
      const isOver = isLast && end === until;
      this.#miss(missed.slice(0, maxTicksAtOnce), span.version, isOver ? null : until);
    }
    if (!isLast) return false;
    for (const tick of kept) if (tick <= end) this.#place(tick, span, at);
    return true;
  }

  /** Ticks that something was there to fire, as many as this decision has room for. */
  #placeAll(span: Span, until: Instant, at: Instant): void {
    const most = this.maxEvents - this.events.length;
    for (const tick of this.#ticks(span, Math.min(span.to, until), most)) this.#place(tick, span, at);
  }

  #miss(dueAts: readonly Instant[], version: number, until: Instant | null): void {
    const { scheduleId, clientId, accountedTo } = this.current;
    const nextAt = this.nextAfter(dueAts.at(-1) ?? accountedTo);
    this.add({
      type: 'OccurrencesMissed',
      data: { scheduleId, clientId, version, dueAts, reason: 'late', until, nextAt },
    });
  }

  /** What becomes of a tick while jobs of earlier ones may still be under way. */
  #place(dueAt: Instant, { rule: dueBy, version }: Span, at: Instant): void {
    const { scheduleId, clientId, rule, active, buffered } = this.current;
    const reason = isLate(dueBy, dueAt, at, this.dependencies.calendar) ? 'late' : null;
    const isFree = active.length === 0 || rule.overlap === 'allow' || rule.overlap === 'cancel_previous';
    if (isFree) this.fire(dueAt, this.dependencies.jobIdOf(scheduleId, dueAt), version, reason);
    else if (rule.overlap === 'skip') this.skip([dueAt], 'overlap', version);
    else if (buffered !== null) this.skip([dueAt], 'buffer_full', version);
    else {
      const nextAt = this.nextAfter(dueAt);
      this.add({ type: 'OccurrenceBuffered', data: { scheduleId, clientId, version, dueAt, nextAt } });
    }
  }

  /** Those ticks of one span that come next, oldest first. */
  #ticks({ rule, from }: Span, until: Instant, most: number): readonly Instant[] {
    return ticksBetween(rule, from, until, most, this.dependencies.calendar);
  }

  /** What was and is in force after one instant and up to another, oldest first. */
  #spans(after: Instant, until: Instant): readonly Span[] {
    const { former, rule, version, paused } = this.current;
    const spans: Span[] = [];
    let from = after;
    for (const period of [...former, { rule, version, paused, until: Number.POSITIVE_INFINITY }]) {
      const to = Math.min(period.until, until);
      if (from < to) spans.push({ rule: period.rule, version: period.version, paused: period.paused, from, to });
      from = Math.max(from, period.until);
    }
    return spans;
  }
}
