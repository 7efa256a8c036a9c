import { type Instant } from '../../kernel/instant.js';

/** A stretch of time in which a zone keeps one offset. */
export interface ZoneSpan {
  /** Local time minus UTC. */
  readonly offsetMs: number;
  /** The change it began with, where there was one nearby; what lay before it then. */
  readonly change: Readonly<{ at: Instant; formerOffsetMs: number }> | null;
  /** Its end, or the end of what has been looked at: the next span may have the same offset. */
  readonly until: Instant;
}

interface Change {
  readonly at: Instant;
  readonly formerOffsetMs: number;
}

/** No zone has changed its clocks and changed them back within this time since 1970. */
const stepMs = 4 * 86_400_000;
const maxYears = 512;
const wallText = /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d):(\d\d):(\d\d)$/;

/** What clocks on the wall show in one IANA zone, and when they are changed. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, readonly Change[]>();

  /** Throws a `RangeError` for a zone that does not exist. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
  }

  /** The local time at a whole second, written as if it were UTC. */
  wallAt(instant: Instant): Instant {
    const [, month, day, year, hour, minute, second] = wallText.exec(this.#format.format(instant)) ?? [];
    return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  }

  spanAt(instant: Instant): ZoneSpan {
    const year = new Date(instant).getUTCFullYear();
    const changes = [...this.#changesIn(year - 1), ...this.#changesIn(year)];
    const change = changes.findLast(({ at }) => at <= instant) ?? null;
    const next = changes.find(({ at }) => at > instant);
    const second = Math.floor(instant / 1000) * 1000;
    return { offsetMs: this.wallAt(second) - second, change, until: next?.at ?? Date.UTC(year + 1, 0, 1) };
  }

  /** Every change after the year's first moment, up to and with the next year's first. */
  #changesIn(year: number): readonly Change[] {
    const known = this.#years.get(year);
    if (known !== undefined) return known;
    const changes: Change[] = [];
    const end = Date.UTC(year + 1, 0, 1);
    for (let from = Date.UTC(year, 0, 1); from < end; from += stepMs)
      this.#collect(from, Math.min(from + stepMs, end), changes);
    if (this.#years.size >= maxYears) this.#years.clear();
    this.#years.set(year, changes);
    return changes;
  }

  /** Halves a stretch of time until each change in it stands alone, to the second. */
  #collect(from: Instant, to: Instant, changes: Change[]): void {
    const formerOffsetMs = this.#offsetAt(from);
    if (this.#offsetAt(to) === formerOffsetMs) return;
    if (to - from <= 1000) {
      changes.push({ at: to, formerOffsetMs });
      return;
    }
    const middle = Math.floor((from + to) / 2000) * 1000;
    this.#collect(from, middle, changes);
    this.#collect(middle, to, changes);
  }

  #offsetAt(instant: Instant): number {
    return this.wallAt(instant) - instant;
  }
}
