import { CronPattern } from 'croner';
import type { Instant } from '../../kernel/instant.js';
import type { CronCalendar } from './cron-calendar.js';
import { fieldsOf } from './wall-pattern.js';

interface CronField {
  readonly name: string;
  /** Says no to what croner would take and no other cron has. */
  readonly shape: RegExp;
  readonly says: string;
}

const number = String.raw`(\*|\d{1,2}(-\d{1,2})?)(\/\d{1,2})?`;
const named = (names: string): string => String.raw`(\*|(\d{1,2}|${names})(-(\d{1,2}|${names}))?)(\/\d{1,2})?`;
const days = 'sun|mon|tue|wed|thu|fri|sat';
const months = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const listOf = (item: string): RegExp => new RegExp(`^(${item})(,(${item}))*$`, 'i');

const clock = (name: string, most: number): CronField => ({
  ...{ name, shape: listOf(number) },
  says: `must be made of 0 to ${most}, as *, a, a-b, */n, a-b/n, or a list of these`,
});

const second = clock('second', 59);
const otherFields: readonly CronField[] = [
  clock('minute', 59),
  clock('hour', 23),
  {
    ...{ name: 'day of month', shape: listOf(`${number}|L`) },
    says: 'must be made of 1 to 31, as *, a, a-b, */n, a-b/n, L for the last day, or a list of these',
  },
  {
    ...{ name: 'month', shape: listOf(named(months)) },
    says: 'must be made of 1 to 12 or JAN to DEC, as *, a, a-b, */n, a-b/n, or a list of these',
  },
  {
    ...{ name: 'day of week', shape: listOf(String.raw`${named(days)}|([0-7]|${days})(#[1-5]|L)`) },
    says:
      'must be made of 0 to 7 or SUN to SAT, as *, a, a-b, */n, a-b/n, a#k for the k-th of the month, ' +
      'aL for the last, or a list of these',
  },
];

/** What is wrong with an expression, field by field; empty when nothing is. */
export function faultsOfCron(expression: string): readonly string[] {
  const parts = fieldsOf(expression);
  if (parts.length !== 5 && parts.length !== 6)
    return ['must have 5 fields (minute, hour, day of month, month, day of week), or 6 with the second before them'];
  const fields = parts.length === 6 ? [second, ...otherFields] : otherFields;
  return fields.flatMap(({ name, shape, says }, index) => {
    const part = parts[index] ?? '';
    return shape.test(part) && isReadable(fields, index, part) ? [] : [`the ${name} ${JSON.stringify(part)} ${says}`];
  });
}

/** Whether croner takes a field where all others say nothing. */
function isReadable(fields: readonly CronField[], index: number, part: string): boolean {
  const expression = fields.map((_, place) => (place === index ? part : '*')).join(' ');
  try {
    return new CronPattern(expression, undefined, { mode: '5-or-6-parts' }).pattern !== '';
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

const zoneName = /^[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+)*$/i;

/** Whether it is a name of the IANA time zone database; offsets such as `+02:00` are none. */
export function isZone(name: string): boolean {
  if (!zoneName.test(name)) return false;
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
