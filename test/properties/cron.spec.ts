import { describe, expect, it } from '@jest/globals';
import { Cron } from 'croner';
import fc from 'fast-check';
import { CronCalendar } from '../../src/schedules/cron/cron-calendar.js';
import { faultsOfCron } from '../../src/schedules/cron/cron-faults.js';
import { cronieAnswers, cronosAnswers, type KnownAnswer, quartzAnswers, robfigAnswers } from './cron-answers.js';
import { changesOf, matches, WallBook } from './cron-oracle.js';

const isLong = process.env['FORGERUN_TEST_LONG'] !== undefined;
const dayMs = 86_400_000;
const calendar = new CronCalendar();

const zones = isLong
  ? Intl.supportedValuesOf('timeZone')
  : [
      'UTC',
      'Europe/Berlin',
      'Europe/Lisbon',
      'America/New_York',
      'America/Sao_Paulo',
      'America/Havana',
      'America/St_Johns',
      'Africa/Cairo',
      'Africa/Casablanca',
      'Asia/Kathmandu',
      'Asia/Tehran',
      'Asia/Gaza',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Pacific/Chatham',
      'Antarctica/Troll',
    ];

const expressions = [
  '30 2 * * *',
  '0 2 * * *',
  '0 0 * * *',
  '15,45 1,2,3 * * *',
  '0 1-3 * * *',
  '30 * * * *',
  '*/15 * * * *',
  '*/15 2 * * *',
  '*/7 0-3 * * *',
  '5-59/10 * * * *',
  '59 23 * * *',
  '0 */6 * * *',
  '17 1 * * SUN',
  '0 12 * * *',
  '0 0 1 * *',
  '30 1 L * *',
  '0 3 * MAR,OCT,NOV 0#2',
  '10 2 * * 7L',
  '20 0,1,2 13 * 5',
  '* 1-2 * * *',
  '59 * * * *',
  '30 2-3 * * *',
  '0 0 */2 * 1',
  '30 1 1-7 * */2',
  '5/20 2 * * *',
  '15 22-2 * * *',
  '30 2 * * FRI-MON',
  '30 0 25-5/3 * ?',
  '0 2 LW,15W,L-3 * *',
  '30 1 ? NOV-APR SAT-7',
  '@hourly',
  '@daily',
  '@weekly',
  '@monthly',
];

/** What the calendar says between two instants, one call after the other, as a schedule asks it. */
function dueBetween(cron: string, timezone: string, from: number, to: number): number[] {
  const due: number[] = [];
  for (let at = calendar.next({ cron, timezone }, from - 1); at !== null && at <= to;) {
    due.push(at);
    at = calendar.next({ cron, timezone }, at);
  }
  return due;
}

const atUtc = (text: string): number => Date.parse(`${text}Z`);

/** The n-th due instant from another one on (0: the first), in UTC. */
function nthAfter(cron: string, from: number, n: number): number | null {
  let at = calendar.next({ cron, timezone: 'UTC' }, from - 1);
  for (let each = 0; each < n && at !== null; each += 1) at = calendar.next({ cron, timezone: 'UTC' }, at);
  return at;
}

type ItemOf = (first: number, last: number) => fc.Arbitrary<string>;

/** What any cron reads. */
const plainItem: ItemOf = (first, last) => {
  const one = fc.integer({ min: first, max: last });
  const range = fc.tuple(one, one).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: last });
  return fc.oneof(
    fc.constant('*'),
    one.map(String),
    range,
    step.map((n) => `*/${n}`),
    fc.tuple(range, step).map(([r, n]) => `${r}/${n}`),
    fc.array(one, { minLength: 2, maxLength: 4 }).map((list) => list.join(',')),
  );
};

/** Ranges past the end, and steps from one value on, as well. */
const anyItem: ItemOf = (first, last) => {
  const one = fc.integer({ min: first, max: last });
  const range = fc.tuple(one, one).map(([a, b]) => `${a}-${b}`);
  const step = fc.integer({ min: 1, max: last });
  return fc.oneof(
    plainItem(first, last),
    range,
    fc.tuple(range, step).map(([r, n]) => `${r}/${n}`),
    fc.tuple(one, step).map(([a, n]) => `${a}/${n}`),
  );
};

function fieldsLike(item: ItemOf): fc.Arbitrary<string> {
  const dates =
    item === anyItem ? ['?', 'L', 'LW', '15W', '1W', '31W', 'L-3', '2,LW', 'L-7,20W'] : ['?', 'L', 'LW', '1W'];
  const weekdays =
    item === anyItem ? ['?', 'FRI-MON', '5#2', '5-7', '7', 'SAT-SUN', '6L', '0-7'] : ['?', '5#2', '7', '6L'];
  const date = fc.oneof({ weight: 3, arbitrary: item(1, 31) }, { weight: 2, arbitrary: fc.constantFrom(...dates) });
  const weekday = fc.oneof(
    { weight: 3, arbitrary: item(0, 6) },
    { weight: 2, arbitrary: fc.constantFrom(...weekdays) },
  );
  return fc.tuple(item(0, 59), item(0, 23), date, item(1, 12), weekday).map((parts) => parts.join(' '));
}

describe('the cron calendar', () => {
  const years: readonly [number, number][] = isLong
    ? [[Date.UTC(2008, 0, 1), Date.UTC(2036, 0, 1)]]
    : [
        [Date.UTC(2009, 0, 1), Date.UTC(2013, 0, 1)],
        [Date.UTC(2025, 0, 1), Date.UTC(2028, 0, 1)],
      ];

  it.each(zones)('agrees with brute force around every change of clocks in %s', (zone) => {
    const changes = years.flatMap(([start, end]) => changesOf(zone, start, end));
    // Every change is looked at with some expressions, and every expression with some changes of every kind.
    for (const [index, change] of [...changes, Date.UTC(2024, 1, 28)].entries()) {
      const start = change - 0.75 * dayMs;
      const end = change + 0.75 * dayMs;
      const book = new WallBook(zone, start, end);
      for (const [place, cron] of expressions.entries()) {
        if (!isLong && (place + index) % 11 !== 0) continue;
        // Between the ends of the book only: what lies before it cannot be seen in it.
        const inside = (at: number): boolean => at > start && at < end - 60_000;
        const ours = dueBetween(cron, zone, start + 1, end).filter(inside);
        expect({ zone, cron, due: ours }).toEqual({ zone, cron, due: book.due(cron).filter(inside) });
      }
    }
  });

  it.each([
    ['*/10 30 2 * * *', 'Europe/Berlin', Date.UTC(2026, 9, 25, 0)],
    ['*/10 30 2 * * *', 'Europe/Berlin', Date.UTC(2026, 2, 29, 0)],
    ['*/20 * 2 * * *', 'Europe/Berlin', Date.UTC(2026, 9, 25, 0)],
    ['15,30 59 1-2 * * *', 'Australia/Lord_Howe', Date.UTC(2026, 3, 4, 14)],
    ['* * * * * *', 'America/New_York', Date.UTC(2026, 10, 1, 5)],
  ])('agrees with brute force by the second: %s in %s', (cron, zone, start) => {
    const end = start + 3 * 3_600_000;
    const due = new WallBook(zone, start, end, 1_000).due(cron);
    expect(dueBetween(cron, zone, start, end)).toEqual(due);
  });

  it('agrees with brute force on expressions nobody thought of', () => {
    const books = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((zone) => {
      const start = changesOf(zone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))[0] ?? 0;
      const [from, to] = [start - dayMs, start + dayMs];
      return { zone, from, to, book: new WallBook(zone, from, to) };
    });
    fc.assert(
      fc.property(fieldsLike(anyItem), fc.constantFrom(...books), (cron, { zone, from, to, book }) => {
        expect(faultsOfCron(cron)).toEqual([]);
        const inside = (at: number): boolean => at > from && at < to - 60_000;
        expect(dueBetween(cron, zone, from + 1, to).filter(inside)).toEqual(book.due(cron).filter(inside));
      }),
      { numRuns: isLong ? 3_000 : 60 },
    );
  });

  it('agrees with brute force on the days of four years', () => {
    const [from, to] = [Date.UTC(2026, 0, 1, 12), Date.UTC(2029, 11, 31, 12)];
    const noons = Array.from({ length: (to - from) / dayMs + 1 }, (_, day) => from + day * dayMs);
    fc.assert(
      fc.property(fieldsLike(anyItem), (fields) => {
        const cron = ['0 12', ...fields.split(' ').slice(2)].join(' ');
        expect(dueBetween(cron, 'UTC', from, to)).toEqual(noons.filter((noon) => matches(cron, noon)));
      }),
      { numRuns: isLong ? 5_000 : 150 },
    );
  });

  it('agrees with another library on what that one reads as well', () => {
    const [from, to] = [Date.UTC(2027, 4, 30), Date.UTC(2033, 0, 1)];
    fc.assert(
      fc.property(fieldsLike(plainItem), (cron) => {
        const [, , date = '', , weekday = ''] = cron.split(' ');
        const isEither = [date, weekday].every((field) => !field.startsWith('*') && field !== '?');
        const other = new Cron(cron, { utcOffset: 0, mode: '5-part', domAndDow: !isEither });
        const theirs = other.nextRuns(5, new Date(from - 1000)).map((due) => due.getTime());
        const ours = theirs.map((_, index) => nthAfter(cron, from, index));
        expect(ours).toEqual(theirs);
        if (theirs.length < 5) expect(nthAfter(cron, from, theirs.length) ?? to).toBeGreaterThanOrEqual(to);
      }),
      // A date whose next weekday is eleven years away.
      { numRuns: isLong ? 5_000 : 200, examples: [['0 0-0 */7 1,1 6L']] },
    );
  });

  it('waits forty years for a leap day of a weekday, and no time for what never comes', () => {
    const leapSaturday = '0 0 */28 2 6L';
    expect(dueBetween(leapSaturday, 'Europe/Berlin', Date.UTC(2027, 0, 1), Date.UTC(2130, 0, 1))).toEqual(
      [2048, 2076, 2116].map((year) => Date.UTC(year, 1, 28, 23)),
    );
    expect(nthAfter('0 0 30 2 *', Date.UTC(2027, 0, 1), 0)).toBeNull();
  });

  const answersOf = (answers: readonly KnownAnswer[]) =>
    answers.map(({ cron, from, due }) => [cron, from, due.map((each) => atUtc(each))] as const);

  it.each(answersOf(cronieAnswers))('reads %s from %s as cronie does', (cron, from, due) => {
    expect(due.map((_, index) => nthAfter(cron, atUtc(from), index))).toEqual(due);
  });

  it.each(answersOf(cronosAnswers))('reads %s from %s as Cronos does', (cron, from, due) => {
    expect(due.map((_, index) => nthAfter(cron, atUtc(from), index))).toEqual(due);
  });

  it.each(answersOf(robfigAnswers))('reads %s from %s as robfig/cron does', (cron, from, due) => {
    expect(due.map((_, index) => nthAfter(cron, atUtc(from), index))).toEqual(due);
  });

  it.each(answersOf(quartzAnswers))('reads %s from %s as Quartz does', (cron, from, due) => {
    expect(due.map((_, index) => nthAfter(cron, atUtc(from), index))).toEqual(due);
  });

  it('needs both fields of days where one begins with a star', () => {
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 31)];
    const daysOf = (cron: string): number[] =>
      dueBetween(cron, 'UTC', from, to).map((due) => new Date(due).getUTCDate());
    expect(daysOf('0 0 */2 * 1')).toEqual([5, 19]);
    expect(daysOf('0 0 5-12/2 * */2')).toEqual([11]);
    expect(daysOf('0 0 ? * 1')).toEqual([5, 12, 19, 26]);
    expect(daysOf('0 0 6,31 * 1')).toEqual([5, 6, 12, 19, 26, 31]);
  });

  it('passes over a zone in front of an expression, which is not its to choose', () => {
    for (const cron of ['TZ=Asia/Tokyo 0 9 * * *', ' CRON_TZ=Asia/Tokyo\t0 9 * * *', 'CRON_TZ=Asia/Tokyo @daily'])
      expect(faultsOfCron(cron)).toEqual([]);
    const rule = { cron: 'TZ=Asia/Tokyo 0 9 * * *', timezone: 'Asia/Tokyo' };
    expect(calendar.next(rule, Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 0, 2));
  });

  it.each([
    ['60 * * * *', /^the minute "60" must be made of 0 to 59/],
    ['* 24 * * *', /^the hour "24"/],
    ['* * 0 * *', /^the day of month "0"/],
    ['* * 32W * *', /^the day of month "32W"/],
    ['* * L-31 * *', /^the day of month "L-31"/],
    ['* * 1-5W * *', /^the day of month/],
    ['* * WL * *', /^the day of month/],
    ['* * * 13 *', /^the month "13"/],
    ['* * * FOO *', /^the month "FOO"/],
    ['* * * * 8', /^the day of week "8"/],
    ['* * * * 5#6', /^the day of week "5#6"/],
    ['* * * * L', /^the day of week "L"/],
    ['? * * * *', /^the minute/],
    ['*/0 * * * *', /^the minute/],
    ['*/61 * * * *', /^the minute/],
    ['1,,2 * * * *', /^the minute "1,,2"/],
    ['1- * * * *', /^the minute/],
    ['* * * * MONDAY', /^the day of week/],
    ['@reboot', /^must be @hourly, .* or @annually, or have fields/],
    ['@every 5m', /^must be @hourly/],
    ['@', /^must be @hourly/],
    ['TZ=Europe/Atlantis 0 0 * * *', /^the zone "Europe\/Atlantis" in front of it/],
    ['TZ= 0 0 * * *', /^the zone "" in front of it/],
    ['TZ=UTC', /^must have 5 fields/],
    ['TZ=UTC TZ=UTC 0 1 * *', /^the minute "TZ=UTC"/],
    ['', /^must have 5 fields/],
    ['* * * *', /^must have 5 fields/],
    ['0 0 12 * * ? 2027', /^must have 5 fields/],
  ])('says what is wrong with %j', (cron, fault) => {
    expect(faultsOfCron(cron)).toEqual([expect.stringMatching(fault)]);
  });
});

describe('the rule for changes of clocks', () => {
  const at = (text: string): number => Date.parse(text);
  const on = (cron: string, timezone: string, from: string, to: string): string[] =>
    dueBetween(cron, timezone, at(from), at(to)).map((due) => new Date(due).toISOString().slice(0, 19));

  it('fires a time of day that does not exist once, at the next moment that does', () => {
    expect(on('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-29T01:00:00',
      '2026-03-30T00:30:00',
    ]);
    expect(on('0 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', '2026-10-04T12:00:00Z')).toEqual([
      '2026-10-03T15:30:00',
    ]);
    expect(on('15,45 2 * * *', 'America/New_York', '2026-03-08T00:00:00Z', '2026-03-08T12:00:00Z')).toEqual([
      '2026-03-08T07:00:00',
    ]);
    expect(on('@daily', 'America/Havana', '2026-03-07T12:00:00Z', '2026-03-09T03:00:00Z')).toEqual([
      '2026-03-08T05:00:00',
    ]);
  });

  it('makes up for nothing where minute or hour has a wildcard, a range or a step', () => {
    const spring = ['2026-03-08T06:00:00Z', '2026-03-08T08:30:00Z'] as const;
    expect(on('59 * * * *', 'America/New_York', ...spring)).toEqual(['2026-03-08T06:59:00', '2026-03-08T07:59:00']);
    for (const cron of ['*/15 2 * * *', '30 2-2 * * *', '30-40 2 * * *', '5/20 2 * * *', '30 2/23 * * *'])
      expect({ cron, due: on(cron, 'America/New_York', ...spring) }).toEqual({ cron, due: [] });
    expect(on('30 1-3 * * *', 'America/New_York', ...spring)).toEqual(['2026-03-08T06:30:00', '2026-03-08T07:30:00']);
  });

  it('fires a time of day that comes twice once, and an interval both times', () => {
    const autumn = ['2026-10-25T00:00:00Z', '2026-10-25T01:59:59Z'] as const;
    expect(on('30 2 * * *', 'Europe/Berlin', ...autumn)).toEqual(['2026-10-25T00:30:00']);
    expect(on('*/10 30 2 * * *', 'Europe/Berlin', ...autumn)).toHaveLength(6);
    expect(on('*/15 2 * * *', 'Europe/Berlin', ...autumn)).toHaveLength(8);
    expect(on('30 * * * *', 'Europe/Berlin', ...autumn)).toEqual(['2026-10-25T00:30:00', '2026-10-25T01:30:00']);
  });

  it('makes up for a whole day that does not exist', () => {
    expect(on('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00:00Z', '2011-12-31T12:00:00Z')).toEqual([
      '2011-12-29T22:00:00',
      '2011-12-30T10:00:00',
      '2011-12-30T22:00:00',
    ]);
  });
});
