import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CronCalendar } from '../../src/schedules/cron/cron-calendar.js';
import { faultsOfCron } from '../../src/schedules/cron/cron-faults.js';
import { changesOf, WallBook } from './cron-oracle.js';

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
        if (!isLong && (place + index) % 7 !== 0) continue;
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
    const item = (first: number, last: number): fc.Arbitrary<string> => {
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
    const expression = fc
      .tuple(item(0, 59), item(0, 23), item(1, 28), item(1, 12), item(0, 7))
      .map((parts) => parts.join(' '));
    const books = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'].map((zone) => {
      const start = changesOf(zone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))[0] ?? 0;
      const [from, to] = [start - dayMs, start + dayMs];
      return { zone, from, to, book: new WallBook(zone, from, to) };
    });
    fc.assert(
      fc.property(expression, fc.constantFrom(...books), (cron, { zone, from, to, book }) => {
        expect(faultsOfCron(cron)).toEqual([]);
        const inside = (at: number): boolean => at > from && at < to - 60_000;
        expect(dueBetween(cron, zone, from + 1, to).filter(inside)).toEqual(book.due(cron).filter(inside));
      }),
      { numRuns: isLong ? 3_000 : 60 },
    );
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
    expect(on('*/15 2 * * *', 'America/New_York', '2026-03-08T00:00:00Z', '2026-03-08T12:00:00Z')).toEqual([
      '2026-03-08T07:00:00',
    ]);
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
