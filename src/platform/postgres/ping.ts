import type pg from 'pg';

/** Asks the database for nothing, so that it answers; rejects where it does not. */
export async function ping(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  await pool.query('select 1');
}
