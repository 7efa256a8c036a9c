import { withoutZone } from '../domain/cron-zone.js';
import { type CronField, valuesOf } from './cron-field.js';
import { dateItem, DayRule, weekdayItem } from './day-rule.js';

/** A cron expression that has been read: the values that each of its fields names, in their order. */
export interface CronExpression {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** From 1: January. */
  readonly months: readonly number[];
  readonly days: DayRule;
  /** Whether minute and hour are numbers and lists of numbers alone: a time of day, made up for where clocks skip it. */
  readonly isTimeOfDay: boolean;
  /** Whether minute or hour has a `*` or a step: an interval, due again where clocks show its times again. */
  readonly isInterval: boolean;
}

type Read<Value> = { readonly value: Value } | { readonly fault: string };

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clockField = (name: string, size: number): CronField => ({ name, first: 0, size, max: size - 1, names: [] });
const second = clockField('second', 60);
const minute = clockField('minute', 60);
const hour = clockField('hour', 24);
const dayOfMonth: CronField = { name: 'day of month', first: 1, size: 31, max: 31, names: [] };
const month: CronField = { name: 'month', first: 1, size: 12, max: 12, names: months };
const dayOfWeek: CronField = { name: 'day of week', first: 0, size: 7, max: 7, names: days };

const steps = '*, a, a-b, */n, a/n, a-b/n';
const sentences: ReadonlyMap<CronField, string> = new Map([
  [second, `must be made of 0 to 59, as ${steps}, or a list of these`],
  [minute, `must be made of 0 to 59, as ${steps}, or a list of these`],
  [hour, `must be made of 0 to 23, as ${steps}, or a list of these`],
  [
    dayOfMonth,
    `must be ? or made of 1 to 31, as ${steps}, L for the last day, L-n for the n-th before it, aW for the working day ` +
      'nearest to a, LW for the last working day, or a list of these',
  ],
  [month, `must be made of 1 to 12 or JAN to DEC, as ${steps}, or a list of these`],
  [
    dayOfWeek,
    `must be ? or made of 0 to 7 or SUN to SAT, as ${steps}, a#k for the k-th of the month, aL for the last, ` +
      'or a list of these',
  ],
]);

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** Reads a cron expression, or says what is wrong with it, field by field. A zone in front of it is passed over. */
export function readCron(
  text: string,
): { readonly expression: CronExpression } | { readonly faults: readonly string[] } {
  const fields = withoutZone(text).trim();
  const spelled = fields.startsWith('@') ? nicknames[fields.toLowerCase()] : fields;
  if (spelled === undefined) return { faults: [`must be ${listed(Object.keys(nicknames))}, or have fields`] };
  const parts = spelled.split(/\s+/);
  if (parts.length === 5) parts.unshift('0');
  if (parts.length !== 6 || spelled === '')
    return {
      faults: ['must have 5 fields (minute, hour, day of month, month, day of week), or 6 with the second before them'],
    };
  return readFields(parts);
}

function readFields([s = '', m = '', h = '', date = '', of = '', weekday = '']: readonly string[]) {
  const seconds = clockValues(s, second);
  const minutes = clockValues(m, minute);
  const hours = clockValues(h, hour);
  const dates = read(isAny(date) ? '*' : date, dayOfMonth, dateItem);
  const monthsOfYear = clockValues(of, month);
  const weekdays = read(isAny(weekday) ? '*' : weekday, dayOfWeek, weekdayItem);
  const faults = [seconds, minutes, hours, dates, monthsOfYear, weekdays].flatMap((each) =>
    'fault' in each ? [each.fault] : [],
  );
  return faults.length > 0
    ? { faults }
    : {
        expression: {
          seconds: valueOf(seconds),
          minutes: valueOf(minutes),
          hours: valueOf(hours),
          months: valueOf(monthsOfYear),
          // A field that begins with a star does not name days of its own, even with a step: then both have to hold.
          days: new DayRule(valueOf(dates), valueOf(weekdays), isOpen(date) || isOpen(weekday)),
          isTimeOfDay: [m, h].every((field) => /^[\d,]+$/.test(field)),
          isInterval: [m, h].some((field) => /[*/]/.test(field)),
        },
      };
}

/** Reads a field item by item. */
function read<Item>(
  text: string,
  field: CronField,
  readItem: (text: string, field: CronField) => Item | null,
): Read<Item[]> {
  const items: Item[] = [];
  for (const part of text.split(',')) {
    const item = readItem(part, field);
    if (item === null)
      return { fault: `the ${field.name} ${JSON.stringify(text)} ${sentences.get(field) ?? 'cannot be read'}` };
    items.push(item);
  }
  return { value: items };
}

function clockValues(text: string, field: CronField): Read<readonly number[]> {
  const items = read(text, field, valuesOf);
  return 'fault' in items ? items : { value: [...new Set(items.value.flat())].sort((one, other) => one - other) };
}

function valueOf<Value>(read: Read<Value>): Value {
  if ('fault' in read) throw new TypeError(read.fault);
  return read.value;
}

const isAny = (field: string): boolean => field === '?';
const isOpen = (field: string): boolean => isAny(field) || field.startsWith('*');
const listed = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
