import { type Instant } from '../../kernel/instant.js';
import { type JsonText } from '../../kernel/json-text.js';
import { type ScheduledJob } from './schedule.events.js';

/** Which cron rule, read in which zone. */
export type CronRule = Readonly<{ cron: string; timezone: string }>;

/** Knows when a cron rule is due. With the same zone data it always gives the same answer. */
export abstract class Calendar {
  /** The first instant strictly after this one at which the rule is due; null when there is none in sight. */
  abstract next(rule: CronRule, after: Instant): Instant | null;
}

/** What a schedule's decisions are made with, beside its own history. */
export interface ScheduleDependencies {
  readonly calendar: Calendar;
  /** The id of the job that one tick of a schedule submits; the same on every node, for ever. */
  readonly jobIdOf: (scheduleId: string, dueAt: Instant) => string;
  /** The definition of a job as it would be written now, whichever build has kept it. */
  readonly currentDefinition: (job: ScheduledJob) => JsonText;
}
