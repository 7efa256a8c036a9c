import { type Pool } from 'pg';
import { type Instant } from '../../kernel/instant.js';

export interface TimerGauges {
  readonly pending: number;
  readonly overdue: number;
  readonly latestMs: number;
}

type Sql = Pick<Pool, 'query'>;

/** A scrape must cost the same with ten timers and with ten million. */
const maxCounted = 10_000;

/** Counts timers up to a bound, and says by how much the latest is overdue. */
export async function timerGauges(sql: Sql): Promise<TimerGauges> {
  const { rows } = await sql.query<{ pending: number; overdue: number; latest: number | null }>({
    name: 'figures-of-timers',
    text: `
      select
        (select count(*) from (select from forgerun_engine.timers limit ${maxCounted}) p)::float8 as pending,
        count(*)::float8 as overdue,
        extract(epoch from clock_timestamp() - min(due_at))::float8 * 1000 as latest
      from (
        select due_at from forgerun_engine.timers
        where due_at < clock_timestamp() - interval '1 second' order by due_at limit ${maxCounted}
      ) d`,
  });
  const row = rows[0];
  return { pending: row?.pending ?? 0, overdue: row?.overdue ?? 0, latestMs: row?.latest ?? 0 };
}

/** Counts all timers, and those that were due before an instant. */
export async function countTimers(
  sql: Sql,
  before: Instant,
): Promise<{ readonly waiting: number; readonly overdue: number }> {
  const { rows } = await sql.query<{ waiting: number; overdue: number }>(
    `select count(*)::float8 as waiting, (count(*) filter (where due_at < $1))::float8 as overdue
     from forgerun_engine.timers`,
    [new Date(before)],
  );
  return rows[0] ?? { waiting: 0, overdue: 0 };
}

/** Counts timers that were due before an instant, up to a bound. */
export async function countLateTimers(sql: Sql, before: Instant, most: number): Promise<number> {
  const { rows } = await sql.query<{ late: number }>(
    'select count(*)::int as late from (select from forgerun_engine.timers where due_at < $1 limit $2) as t',
    [new Date(before), most],
  );
  return rows[0]?.late ?? 0;
}
