import { type Instant } from '../../src/kernel/instant.js';
import { Calendar, type CronRule } from '../../src/schedules/domain/calendar.js';

/** A calendar whose rules are due every so many milliseconds. */
export class Beat extends Calendar {
  next({ cron }: CronRule, after: Instant): Instant | null {
    const every = Number(cron);
    return (Math.floor(after / every) + 1) * every;
  }
}
