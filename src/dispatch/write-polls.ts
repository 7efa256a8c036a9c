import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Poll } from './kept-polls.js';

/** A poll that is to be written: by which id, and how long ago it was asked. */
interface PollRow {
  readonly poll: Poll;
  readonly filter: string;
  readonly ageMs: number;
}

const keptForMs = 120_000;

/** Writes polls into the table that all nodes read, and drops what is long out of date. */
export async function writePolls(pool: pg.Pool, rows: readonly PollRow[]): Promise<void> {
  await pool.query({
    name: 'write-recent-polls',
    text: `
      with old as (
        delete from forgerun_engine.recent_polls where (client_id, filter) in (
          select client_id, filter from forgerun_engine.recent_polls
          where abs(extract(epoch from clock_timestamp() - asked_at)) * 1000 > ${keptForMs}
            and filter <> all ($2::uuid[])
          for update skip locked
        )
      )
      insert into forgerun_engine.recent_polls (client_id, filter, queues, work_kinds, asked_at)
      select client_id, filter, queues::jsonb, work_kinds::jsonb, clock_timestamp() - age_ms * interval '1 millisecond'
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::float8[])
        as given (client_id, filter, queues, work_kinds, age_ms)
      on conflict (client_id, filter) do update set asked_at = excluded.asked_at`,
    values: [
      rows.map(({ poll }) => poll.clientId),
      rows.map(({ filter }) => filter),
      rows.map(({ poll }) => jsonOf(poll.queues)),
      rows.map(({ poll }) => jsonOf(poll.workKinds)),
      rows.map(({ ageMs }) => ageMs),
    ],
  });
}

export const filterId = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

const jsonOf = (names: readonly string[] | null): string | null => (names === null ? null : JSON.stringify(names));
