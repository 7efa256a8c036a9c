/** An independent reading of cron and of time zones: brute force, minute by minute, nothing of the calendar under test. */

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

/** Whether one field, written out item by item, holds a value. Walks from the beginning of each item, and round its end. */
function holds(field: string, value: number, first: number, last: number, names: readonly string[] = []): boolean {
  const after = (each: number): number => (each === last ? first : each + 1);
  const numberOf = (text: string): number => {
    const place = names.indexOf(text.toUpperCase());
    const number = place === -1 ? Number(text) : place + first;
    return names === days && number === 7 ? 0 : number;
  };
  return field.split(',').some((item) => {
    const [range = '', step] = item.split('/');
    const [from = '', to] = range === '*' ? [String(first), String(last)] : range.split('-');
    const end = to === undefined ? (step === undefined ? numberOf(from) : last) : numberOf(to);
    // Sunday to Sunday is a whole week, and the second one is no other than the first.
    const isWholeWeek = names === days && from === '0' && to === '7';
    let each = numberOf(from);
    for (let walked = 0; ; walked += 1, each = after(each)) {
      if (walked % Number(step ?? '1') === 0 && each === value) return true;
      if ((each === end && !(isWholeWeek && walked === 0)) || walked > 60) return false;
    }
  });
}

/** The working day nearest to a date; it stays in its month. */
function workdayNear(date: number, { day, weekday, lastDay }: WallFields): number {
  const weekdayOf = (other: number): number => (((weekday + other - day) % 7) + 7) % 7;
  const isWorkday = (other: number): boolean => other >= 1 && other <= lastDay && ![0, 6].includes(weekdayOf(other));
  return [0, -1, 1, -2, 2].map((far) => date + far).find(isWorkday) ?? 0;
}

function holdsDay(field: string, at: WallFields): boolean {
  const { day, lastDay } = at;
  return field.split(',').some((item) => {
    if (item === 'L') return day === lastDay;
    if (item === 'LW') return day === workdayNear(lastDay, at);
    if (item.startsWith('L-')) return day + Number(item.slice(2)) === lastDay;
    if (item.endsWith('W')) return parseInt(item, 10) <= lastDay && day === workdayNear(parseInt(item, 10), at);
    return holds(item, day, 1, 31);
  });
}

function holdsWeekday(field: string, { day, weekday, lastDay }: WallFields): boolean {
  return field.split(',').some((item) => {
    const nth = /^(\w+)#(\d)$/.exec(item);
    if (nth !== null) return holds(nth[1] ?? '', weekday, 0, 6, days) && Math.ceil(day / 7) === Number(nth[2]);
    if (/^(\d|[A-Z]{3})L$/.test(item)) return holds(item.slice(0, -1), weekday, 0, 6, days) && day > lastDay - 7;
    return holds(item, weekday, 0, 6, days);
  });
}

const meanings: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const fieldsOf = (expression: string): readonly string[] => {
  const fields = expression.split(' ').filter((part) => !part.includes('='));
  const spelled = (meanings[fields.join(' ')] ?? fields.join(' ')).split(' ');
  return spelled.length === 5 ? ['0', ...spelled] : spelled;
};

export function matches(expression: string, wall: number): boolean {
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fieldsOf(expression);
  const at = fieldsAt(wall);
  if (!holds(second, at.second, 0, 59) || !holds(minute, at.minute, 0, 59) || !holds(hour, at.hour, 0, 23))
    return false;
  if (!holds(month, at.month, 1, 12, months)) return false;
  const isDay = day === '?' || holdsDay(day, at);
  const isWeekday = weekday === '?' || holdsWeekday(weekday, at);
  // When both name days, either is enough; a field that begins with a star, stepped or not, names none.
  return [day, weekday].some((field) => '*?'.includes(field.charAt(0))) ? isDay && isWeekday : isDay || isWeekday;
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
  readonly #instants = new Map<number, number[]>();
  readonly #first: number;
  readonly #last: number;
  readonly #shown: { readonly wall: number; readonly instant: number }[] = [];

  constructor(
    zone: string,
    from: number,
    to: number,
    private readonly stepMs = minuteMs,
  ) {
    for (let instant = from; instant <= to; instant += stepMs) {
      const wall = wallOf(zone, instant);
      this.#shown.push({ wall, instant });
      const known = this.#instants.get(wall);
      if (known === undefined) this.#instants.set(wall, [instant]);
      else known.push(instant);
    }
    this.#first = this.#shown[0]?.wall ?? 0;
    this.#last = this.#shown.at(-1)?.wall ?? 0;
  }

  /** When an expression is due, by the letter of the rule. */
  due(expression: string): number[] {
    const [, minute = '', hour = ''] = fieldsOf(expression);
    const both = `${minute} ${hour}`;
    const due = new Set<number>();
    for (let wall = this.#first; wall <= this.#last; wall += this.stepMs) {
      if (!matches(expression, wall)) continue;
      const instants = this.#instants.get(wall);
      if (instants !== undefined)
        for (const instant of /[*/]/.test(both) ? instants : instants.slice(0, 1)) due.add(instant);
      // Only a time of day, fixed by numbers, is made up for.
      else if (!/[*/-]/.test(both)) due.add(this.#nextMoment(wall));
    }
    return [...due].sort((one, other) => one - other);
  }

  /** The first moment whose clock shows more than a time that no clock showed. */
  #nextMoment(wall: number): number {
    let low = 0;
    let high = this.#shown.length - 1;
    // Clocks are put back, too, but never so that a time that was left out comes up.
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#shown[middle]?.wall ?? 0) > wall) high = middle;
      else low = middle + 1;
    }
    return this.#shown[low]?.instant ?? 0;
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
