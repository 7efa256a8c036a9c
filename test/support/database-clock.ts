import pg from 'pg';
import { type TestDatabase } from './postgres.js';

/**
 * The clock of one database, for a test to set: a function that every connection made from here on finds before
 * Postgres's own.
 */
export class DatabaseClock {
  private constructor(private readonly connectionString: string) {}

  static async of({ connectionString }: TestDatabase): Promise<DatabaseClock> {
    const clock = new DatabaseClock(connectionString);
    const name = new URL(connectionString).pathname.slice(1);
    await clock.#ask(`
      create schema test_clock;
      create table test_clock.leads (ms float8 not null);
      insert into test_clock.leads values (0);
      create function test_clock.clock_timestamp() returns timestamptz language sql volatile as
        'select pg_catalog.clock_timestamp() + (select ms from test_clock.leads) * interval ''1 millisecond''';
      alter database ${name} set search_path = test_clock, public, pg_catalog`);
    return clock;
  }

  /** Sets it to this far ahead of where it would be; negative: behind. */
  async lead(ms: number): Promise<void> {
    await this.#ask(`update test_clock.leads set ms = ${ms}`);
  }

  async now(): Promise<number> {
    const { rows } = await this.#ask<{ ms: number }>(
      `select extract(epoch from test_clock.clock_timestamp())::float8 * 1000 as ms`,
    );
    return rows[0]?.ms ?? Number.NaN;
  }

  async #ask<Row extends pg.QueryResultRow>(text: string): Promise<pg.QueryResult<Row>> {
    const client = new pg.Client({ connectionString: this.connectionString });
    await client.connect();
    try {
      return await client.query<Row>(text);
    } finally {
      await client.end();
    }
  }
}
