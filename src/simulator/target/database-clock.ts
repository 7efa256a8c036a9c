import { type Client } from 'pg';

/** Makes the clock of this database one that can be set: connections that are made from here on find it before Postgres's own. */
export async function hasSteerableClock(client: Client): Promise<void> {
  await client.query(`
    create schema simulated_clock;
    create table simulated_clock.leads (ms float8 not null);
    insert into simulated_clock.leads values (0);
    create function simulated_clock.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + (select ms from simulated_clock.leads) * interval ''1 millisecond''';
    do $$ begin
      execute format('alter database %I set search_path = simulated_clock, public, pg_catalog', current_database());
    end $$`);
}

/** Sets it to this far ahead of where it would be; negative: behind. */
export async function clockLeads(client: Client, ms: number): Promise<void> {
  await client.query('update simulated_clock.leads set ms = $1', [ms]);
}
