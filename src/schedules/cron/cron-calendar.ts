import { type Instant } from '../../kernel/instant.js';
import { Calendar, type CronRule } from '../domain/calendar.js';
import { WallPattern } from './wall-pattern.js';
import { Zone, type ZoneSpan } from './zone.js';

const dayMs = 86_400_000;
/** A leap day of a given weekday can be forty years away, around 2100; a rule that is not due within that time is never due. */
const farthestMs = 40 * 366 * dayMs;
/** More than any local time is apart from UTC, also where a zone has skipped a day. */
const apartMs = 2 * dayMs;
const maxKept = 2_000;
const latest = Date.UTC(9998, 0, 1);

/**
 * When cron rules are due. Which local times a rule names is the pattern's to say; what becomes of those that do not exist
 * or come twice is said here. Where clocks are put forward, a time of day that they skip is due at the next moment there
 * is, and an interval has nothing to make up for. Where they are put back, an interval is due both times, all else once.
 */
export class CronCalendar extends Calendar {
  readonly #patterns = new Kept((expression) => new WallPattern(expression));
  readonly #zones = new Kept((name) => new Zone(name));

  next({ cron, timezone }: CronRule, after: Instant): Instant | null {
    const pattern = this.#patterns.get(cron);
    const zone = this.#zones.get(timezone);
    const end = Math.min(after + farthestMs, latest);
    let at = Math.floor(after / 1000) * 1000 + 1000;
    // Whether any local time is named at all is known without the zone, whose years cost milliseconds each.
    const named = pattern.firstBetween(at - apartMs, end + apartMs);
    if (named === null) return null;
    at = Math.max(at, named - apartMs);
    while (at <= end) {
      const span = zone.spanAt(at);
      const due = firstIn(span, at, pattern);
      if (due !== null) return due <= end ? due : null;
      at = span.until;
    }
    return null;
  }

  /** The local time at an instant, as the zone's clocks show it. */
  wallAt(timezone: string, instant: Instant): Instant {
    return this.#zones.get(timezone).wallAt(instant);
  }
}

function firstIn({ offsetMs, change, until }: ZoneSpan, from: Instant, pattern: WallPattern): Instant | null {
  let wallFrom = from + offsetMs;
  if (change !== null) {
    const wallBefore = change.at + change.formerOffsetMs;
    const wallAfter = change.at + offsetMs;
    const isSkipped = from === change.at && pattern.firstBetween(wallBefore, wallAfter) !== null;
    if (isSkipped && pattern.isTimeOfDay) return from;
    // These local times were there already, before the clock was put back.
    if (!pattern.isInterval && wallAfter < wallBefore) wallFrom = Math.max(wallFrom, wallBefore);
  }
  const wall = pattern.firstBetween(wallFrom, until + offsetMs);
  return wall === null ? null : wall - offsetMs;
}

/** Made once, and forgotten when there are too many. */
class Kept<Thing> {
  readonly #things = new Map<string, Thing>();

  constructor(private readonly make: (name: string) => Thing) {}

  get(name: string): Thing {
    const known = this.#things.get(name);
    if (known !== undefined) return known;
    const made = this.make(name);
    if (this.#things.size >= maxKept) this.#things.clear();
    this.#things.set(name, made);
    return made;
  }
}
