import type pg from 'pg';

/** How far a sweep has come; kept in the database, because nodes take turns. */
export interface SweepPlace {
  /** Rows up to this job have been compared. Null: it begins anew. */
  readonly rowsAfter: string | null;
  /** Of which client jobs are looked through, and from which place on, newest first. Null: the newest, of any client. */
  readonly jobsOf: string | null;
  readonly jobsBefore: string | null;
}

export const beginning: SweepPlace = { rowsAfter: null, jobsOf: null, jobsBefore: null };

/** Null: another node has had its turn a short while ago. */
export async function takeTurn(pool: pg.Pool, everyMs: number): Promise<SweepPlace | null> {
  const { rows } = await pool.query<{ place: string | null }>(
    `update forgerun_engine.sweeps set taken_at = clock_timestamp()
     where name = 'ready-jobs' and taken_at <= clock_timestamp() - $1 * interval '1 millisecond'
     returning place`,
    [everyMs],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return row.place === null ? beginning : (JSON.parse(row.place) as SweepPlace);
}

export async function keepPlace(pool: pg.Pool, place: SweepPlace): Promise<void> {
  await pool.query(`update forgerun_engine.sweeps set place = $1 where name = 'ready-jobs'`, [JSON.stringify(place)]);
}
