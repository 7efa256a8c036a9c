import { type CronField, numberOf, valuesOf, within } from './cron-field.js';

/** A month, as far as the days of rules go. */
interface Month {
  readonly lastDay: number;
  /** The day of the week of its first day; 0: Sunday. */
  readonly firstWeekday: number;
}

/** Whether one item of a field names a day of a month. */
type NamesDay = (day: number, month: Month) => boolean;

const saturday = 6;
const sunday = 0;

/** On which days a rule is due: what the fields `day of month` and `day of week` say together. */
export class DayRule {
  constructor(
    private readonly dates: readonly NamesDay[],
    private readonly weekdays: readonly NamesDay[],
    /** Whether a day has to be named by both fields, or by either. */
    private readonly needsBoth: boolean,
  ) {}

  /** The days of a month (0: January) that it names, in their order. */
  daysIn(year: number, month: number): readonly number[] {
    const shape = {
      lastDay: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
      firstWeekday: weekdayOf(year, month),
    };
    const days: number[] = [];
    for (let day = 1; day <= shape.lastDay; day += 1) {
      const isDate = this.dates.some((names) => names(day, shape));
      const isWeekday = (this.needsBoth ? isDate : !isDate) && this.weekdays.some((names) => names(day, shape));
      if (this.needsBoth ? isWeekday : isDate || isWeekday) days.push(day);
    }
    return days;
  }
}

/** Reads an item of `day of month`; null when it is none. */
export function dateItem(text: string, field: CronField): NamesDay | null {
  const values = valuesOf(text, field);
  if (values !== null) return (day) => values.includes(day);
  const beforeLast = /^L(?:-(\d{1,2}))?$/i.exec(text);
  if (beforeLast !== null) {
    const daysBefore = Number(beforeLast[1] ?? 0);
    return daysBefore >= field.size ? null : (day, { lastDay }) => day === lastDay - daysBefore;
  }
  if (/^LW$/i.test(text)) return (day, month) => day === workdayNear(month.lastDay, month);
  const [, dateText] = /^(\d{1,2})W$/i.exec(text) ?? [];
  const date = dateText === undefined ? null : numberOf(dateText, field);
  return date === null ? null : (day, month) => date <= month.lastDay && day === workdayNear(date, month);
}

/** Reads an item of `day of week`; null when it is none. */
export function weekdayItem(text: string, field: CronField): NamesDay | null {
  const values = valuesOf(text, field);
  if (values !== null) return (day, month) => values.includes(weekdayIn(month, day));
  const [, name = '', place] = /^(\w{1,3})(?:#([1-5])|L)$/i.exec(text) ?? [];
  const number = numberOf(name, field);
  if (number === null) return null;
  const weekday = within(number, field);
  if (place === undefined) return (day, month) => weekdayIn(month, day) === weekday && day > month.lastDay - 7;
  return (day, month) => weekdayIn(month, day) === weekday && Math.ceil(day / 7) === Number(place);
}

/** The day from Monday to Friday that is nearest to a date, within its month. */
function workdayNear(date: number, month: Month): number {
  const weekday = weekdayIn(month, date);
  if (weekday === saturday) return date === 1 ? 3 : date - 1;
  if (weekday === sunday) return date === month.lastDay ? date - 2 : date + 1;
  return date;
}

const weekdayIn = ({ firstWeekday }: Month, day: number): number => (firstWeekday + day - 1) % 7;

const weekdayOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 1)).getUTCDay();
