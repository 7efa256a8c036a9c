import { type Instant } from '../../kernel/instant.js';
import { zoneNamedIn } from '../domain/cron-zone.js';
import { type CronCalendar } from './cron-calendar.js';
import { readCron } from './cron-expression.js';

/** What is wrong with an expression, the zone in front of it first, then field by field; empty when nothing is. */
export function faultsOfCron(cron: string): readonly string[] {
  const read = readCron(cron);
  const zone = zoneNamedIn(cron);
  return [
    ...(zone === null || isZone(zone)
      ? []
      : [`the zone ${JSON.stringify(zone)} in front of it must be a name of the IANA time zone database`]),
    ...('faults' in read ? read.faults : []),
  ];
}

const zoneName = /^[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+)*$/i;
const maxZoneLength = 64;

/** Whether it is a name of the IANA time zone database; offsets such as `+02:00` are none. */
export function isZone(name: string): boolean {
  if (!zoneName.test(name) || name.length > maxZoneLength) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether a rule whose parts are all good is due at all. */
export const isEverDue = (calendar: CronCalendar, cron: string, after: Instant): boolean =>
  calendar.next({ cron, timezone: 'UTC' }, after) !== null;
