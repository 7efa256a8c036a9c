import { type Instant } from '../../kernel/instant.js';
import { type CronExpression, readCron } from './cron-expression.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The local times a cron expression names, on a wall whose clock is never changed: written as if they were UTC. */
export class WallPattern {
  readonly #expression: CronExpression;

  /** Throws a `TypeError` for what is no cron expression. */
  constructor(text: string) {
    const read = readCron(text);
    if ('faults' in read) throw new TypeError(`${JSON.stringify(text)} ${read.faults.join('; ')}`);
    this.#expression = read.expression;
  }

  /** Whether its times are made up for where clocks are put forward past them. */
  get isTimeOfDay(): boolean {
    return this.#expression.isTimeOfDay;
  }

  /** Whether its times are due again where clocks are put back and show them again. */
  get isInterval(): boolean {
    return this.#expression.isInterval;
  }

  /** The first local time from one on and before another; null when there is none. */
  firstBetween(from: Instant, to: Instant): Instant | null {
    const least = Math.ceil(from / secondMs) * secondMs;
    const midnight = Math.floor(least / dayMs) * dayMs;
    const date = new Date(midnight);
    let [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    while (Date.UTC(year, month, day) < to) {
      for (const each of this.#daysIn(year, month)) {
        if (each < day) continue;
        const start = Date.UTC(year, month, each);
        const time = this.#timeFrom(start === midnight ? least - midnight : 0);
        if (time !== null) return start + time < to ? start + time : null;
      }
      day = 1;
      month = (month + 1) % 12;
      if (month === 0) year += 1;
    }
    return null;
  }

  #daysIn(year: number, month: number): readonly number[] {
    const { months, days } = this.#expression;
    return months.includes(month + 1) ? days.daysIn(year, month) : [];
  }

  /** The first time of day that is not before this one, in milliseconds after midnight. */
  #timeFrom(least: number): number | null {
    const { hours, minutes, seconds } = this.#expression;
    for (const hour of hours) {
      if ((hour + 1) * hourMs <= least) continue;
      for (const minute of minutes) {
        const start = hour * hourMs + minute * minuteMs;
        if (start + minuteMs <= least) continue;
        const second = seconds.find((each) => start + each * secondMs >= least);
        if (second !== undefined) return start + second * secondMs;
      }
    }
    return null;
  }
}
