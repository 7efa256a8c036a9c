import { type Instant } from '../../kernel/instant.js';
import { type Calendar } from './calendar.js';
import { type MissedPolicy } from './schedule.events.js';
import { type TickRule } from './schedule.state.js';

/** Most ticks that one decision accounts for without firing them. */
export const maxTicksAtOnce = 1_000;
/** Events after which a decision leaves the rest to the next one. */
export const maxEventsAtOnce = 100;
/** The same for the last decision, which can leave nothing over. */
export const maxLastEvents = 300;
/** Changes between two accountings that a schedule keeps apart; more of them wait. */
export const maxFormerPeriods = 100;
/** What is later than this is missed, whether or not something was there to fire it. */
export const latestMs = 24 * 3_600_000;

const maxMadeUp: Readonly<Record<MissedPolicy, number>> = { skip: 0, fire_once: 1, fire_all: 100 };

/** The first tick after an instant that lies between the rule's start and end; null when there is none. */
export function nextTick(rule: TickRule, after: Instant, calendar: Calendar): Instant | null {
  const from = rule.startAt === null ? after : Math.max(after, rule.startAt - 1);
  const tick = calendar.next(rule, from);
  return tick === null || (rule.endAt !== null && tick > rule.endAt) ? null : tick;
}

/** Ticks after one instant up to another, oldest first, at most so many. */
export function ticksBetween(
  rule: TickRule,
  after: Instant,
  until: Instant,
  most: number,
  calendar: Calendar,
): readonly Instant[] {
  const ticks: Instant[] = [];
  let tick = nextTick(rule, after, calendar);
  while (tick !== null && tick <= until && ticks.length < most) {
    ticks.push(tick);
    tick = nextTick(rule, tick, calendar);
  }
  return ticks;
}

const leastLateMs = 5_000;
const maxLateMs = 5 * 60_000;

/**
 * Whether a tick is dealt with late: later than half the time to the next tick, where that is neither very short nor very
 * long. A daily job may come a few minutes after an outage; of a burst of seconds only the last one is worth it.
 */
export function isLate(rule: TickRule, tick: Instant, at: Instant, calendar: Calendar): boolean {
  if (at - tick <= leastLateMs) return false;
  if (at - tick > maxLateMs) return true;
  const next = nextTick(rule, tick, calendar);
  return next !== null && at - tick > Math.max(leastLateMs, (next - tick) / 2);
}

/** A time in which a rule was in force: after one instant and up to another. */
export interface RuleSpan {
  readonly rule: TickRule;
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Of the ticks of an outage, those that are made up for: the last ones, as many as the policy says, and in any case the
 * very last one if it is not late when the outage ends. What was in force in the outage comes oldest first.
 */
export function ticksToMakeUp(
  missed: MissedPolicy,
  spans: readonly RuleSpan[],
  outageEndsAt: Instant,
  calendar: Calendar,
): readonly Instant[] {
  const last: { readonly tick: Instant; readonly rule: TickRule }[] = [];
  const wanted = Math.max(1, maxMadeUp[missed]);
  for (const { rule, from, to } of [...spans].reverse()) {
    const ticks = lastTicks(rule, from, to, wanted - last.length, calendar);
    last.unshift(...ticks.map((tick) => ({ tick, rule })));
    if (last.length === wanted) break;
  }
  const isMadeUp = ({ tick, rule }: (typeof last)[number]): boolean =>
    maxMadeUp[missed] > 0 || !isLate(rule, tick, outageEndsAt, calendar);
  return last.filter(isMadeUp).map(({ tick }) => tick);
}

const firstSpanMs = 60_000;

/** Looks back over longer and longer spans, because a rule can only be read forwards. */
function lastTicks(
  rule: TickRule,
  after: Instant,
  until: Instant,
  wanted: number,
  calendar: Calendar,
): readonly Instant[] {
  for (let spanMs = firstSpanMs; ; spanMs *= 2) {
    const from = Math.max(after, until - spanMs);
    const ticks = ticksBetween(rule, from, until, Number.POSITIVE_INFINITY, calendar);
    if (ticks.length >= wanted || from === after) return ticks.slice(-wanted);
  }
}
