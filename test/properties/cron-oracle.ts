/** An independent reading of cron and of time zones: brute force, nothing of croner, nothing of the calendar under test. */

const minuteMs = 60_000;

interface WallFields {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
  readonly lastDay: number;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function fieldsAt(wall: number): WallFields {
  const date = new Date(wall);
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    weekday: date.getUTCDay(),
    lastDay: new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  };
}

/** Whether one field, written out item by item, holds a value. */
function holds(field: string, value: number, first: number, last: number, names: readonly string[] = []): boolean {
  const numberOf = (text: string): number => {
    const place = names.indexOf(text.toUpperCase());
    return place === -1 ? Number(text) : place + first;
  };
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [from = '', to = from] = range === '*' ? [String(first), String(last)] : range.split('-');
    for (let each = numberOf(from); each <= numberOf(to); each += Number(step)) if (each === value) return true;
    return false;
  });
}

function holdsDay(field: string, { day, lastDay }: WallFields): boolean {
  return field.split(',').some((item) => (item === 'L' ? day === lastDay : holds(item, day, 1, 31)));
}

function holdsWeekday(field: string, { day, weekday, lastDay }: WallFields): boolean {
  return field.split(',').some((item) => {
    const nth = /^(\w+)#(\d)$/.exec(item);
    if (nth !== null) return holdsAnySunday(nth[1] ?? '', weekday) && Math.ceil(day / 7) === Number(nth[2]);
    if (/^(\d|[A-Z]{3})L$/.test(item)) return holdsAnySunday(item.slice(0, -1), weekday) && day > lastDay - 7;
    return holdsAnySunday(item, weekday);
  });
}

const holdsAnySunday = (item: string, weekday: number): boolean =>
  holds(item, weekday, 0, 7, days) || (weekday === 0 && holds(item, 7, 0, 7, days));

export function matches(expression: string, wall: number): boolean {
  const parts = expression.split(' ');
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] =
    parts.length === 5 ? ['0', ...parts] : parts;
  const at = fieldsAt(wall);
  if (!holds(second, at.second, 0, 59) || !holds(minute, at.minute, 0, 59) || !holds(hour, at.hour, 0, 23))
    return false;
  if (!holds(month, at.month, 1, 12, months)) return false;
  // When both name days, either is enough.
  if (day !== '*' && weekday !== '*') return holdsDay(day, at) || holdsWeekday(weekday, at);
  return holdsDay(day, at) && holdsWeekday(weekday, at);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local time as if it were UTC. */
export function wallOf(zone: string, instant: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}

/** Every local time between two instants, with the instants at which clocks show it, in steps of the finest field. */
export class WallBook {
  private readonly instants = new Map<number, number[]>();
  private readonly first: number;
  private readonly last: number;
  private readonly shown: { readonly wall: number; readonly instant: number }[] = [];

  constructor(
    zone: string,
    from: number,
    to: number,
    private readonly stepMs = minuteMs,
  ) {
    for (let instant = from; instant <= to; instant += stepMs) {
      const wall = wallOf(zone, instant);
      this.shown.push({ wall, instant });
      const known = this.instants.get(wall);
      if (known === undefined) this.instants.set(wall, [instant]);
      else known.push(instant);
    }
    this.first = this.shown[0]?.wall ?? 0;
    this.last = this.shown.at(-1)?.wall ?? 0;
  }

  /** When an expression is due, by the letter of the rule. */
  due(expression: string): number[] {
    const parts = expression.split(' ');
    const isFixed = parts.slice(-5, -3).every((part) => !part.includes('*') && !part.includes('/'));
    const due = new Set<number>();
    for (let wall = this.first; wall <= this.last; wall += this.stepMs) {
      if (!matches(expression, wall)) continue;
      const instants = this.instants.get(wall);
      if (instants === undefined) due.add(this.nextMoment(wall));
      else for (const instant of isFixed ? instants.slice(0, 1) : instants) due.add(instant);
    }
    return [...due].sort((one, other) => one - other);
  }

  /** The first moment whose clock shows more than a time that no clock showed. */
  private nextMoment(wall: number): number {
    let low = 0;
    let high = this.shown.length - 1;
    // Clocks are put back, too, but never so that a time that was left out comes up.
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.shown[middle]?.wall ?? 0) > wall) high = middle;
      else low = middle + 1;
    }
    return this.shown[low]?.instant ?? 0;
  }
}

/** Every change of a zone's clocks between two instants, found hour by hour. */
export function changesOf(zone: string, from: number, to: number): number[] {
  const hourMs = 60 * minuteMs;
  const changes: number[] = [];
  let offset = wallOf(zone, from) - from;
  for (let at = from + hourMs; at <= to; at += hourMs) {
    const now = wallOf(zone, at) - at;
    if (now !== offset) changes.push(at);
    offset = now;
  }
  return changes;
}
