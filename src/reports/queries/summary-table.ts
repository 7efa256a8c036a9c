import { type DataSource } from 'typeorm';
import { type GroupBy, type SummaryRange } from './summary-range.js';

type Percentiles = readonly [p50: number, p95: number, p99: number] | null;

/** Which part of the whole a row is about; the whole where `is_total`. */
export interface PartRow {
  readonly is_total: boolean;
  readonly bucket_start: Date | null;
  readonly group_name: string | null;
}

/** Jobs that were submitted in the part, by where they are now. */
export interface JobCountsRow extends PartRow {
  readonly jobs: number;
  readonly created: number;
  readonly queued: number;
  readonly assigned: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  readonly failed_for_good: number;
}

/** Attempts that ended in the part. */
export interface AttemptCountsRow extends PartRow {
  readonly attempts: number;
  readonly retries: number;
  readonly queue_wait: Percentiles;
  readonly run: Percentiles;
}

const columns: Readonly<Record<GroupBy, string>> = {
  work_kind: 'work_kind',
  queue: 'queue',
  schedule: 'schedule_id::text',
};

/** Reads what a summary is made of out of the jobs and attempts read models. */
export class SummaryTable {
  constructor(private readonly source: DataSource) {}

  /** The groups with the most jobs and attempts, and how many others there are. */
  async groups(clientId: string, range: SummaryRange): Promise<{ names: readonly (string | null)[]; others: number }> {
    const { groupBy, from, to, maxGroups } = range;
    if (groupBy === null) return { names: [], others: 0 };
    const column = columns[groupBy];
    const rows = await this.source.query<{ name: string | null; groups: number }[]>(
      `
      select name, (count(*) over ())::int as groups from (
        select ${column} as name from forgerun_read.jobs where client_id = $1 and created_at >= $2 and created_at < $3
        union all
        select ${column} from forgerun_read.attempts where client_id = $1 and finished_at >= $2 and finished_at < $3
      ) as everything
      group by name order by count(*) desc, name limit $4`,
      [clientId, new Date(from), new Date(to), maxGroups],
    );
    return { names: rows.map(({ name }) => name), others: (rows[0]?.groups ?? 0) - rows.length };
  }

  jobs(clientId: string, range: SummaryRange, groups: readonly (string | null)[]): Promise<JobCountsRow[]> {
    return this.#parts<JobCountsRow>(
      clientId,
      range,
      groups,
      { table: 'forgerun_read.jobs', at: 'created_at' },
      `count(*)::float8 as jobs,
       ${states.map((state) => `${inState(state)}::float8 as ${state.toLowerCase()}`).join(', ')},
       (count(*) filter (where outcome = 'FAILED'))::float8 as failed_for_good`,
    );
  }

  attempts(clientId: string, range: SummaryRange, groups: readonly (string | null)[]): Promise<AttemptCountsRow[]> {
    return this.#parts<AttemptCountsRow>(
      clientId,
      range,
      groups,
      { table: 'forgerun_read.attempts', at: 'finished_at' },
      `count(*)::float8 as attempts,
       (count(*) filter (where attempt > 1))::float8 as retries,
       ${percentiles('assigned_at - queued_at')} as queue_wait,
       ${percentiles('finished_at - started_at')} as run`,
    );
  }

  /** One pass gives the whole and its parts, because no part's percentiles add up to the whole's. */
  #parts<Row>(
    clientId: string,
    { from, to, groupBy, bucket }: SummaryRange,
    groups: readonly (string | null)[],
    { table, at }: { readonly table: string; readonly at: string },
    counts: string,
  ): Promise<Row[]> {
    const start = bucket === null ? 'null::timestamptz' : `date_trunc('${bucket}', ${at}, 'UTC')`;
    const name = groupBy === null ? 'null::text' : columns[groupBy];
    return this.source.query<Row[]>(
      `
      select grouping(bucket_start) = 1 as is_total, bucket_start, group_name, ${counts}
      from (
        select *, ${start} as bucket_start, ${name} as group_name from ${table}
        where client_id = $1 and ${at} >= $2 and ${at} < $3
      ) as rows_of_range
      group by grouping sets ((), (bucket_start, group_name))
      having grouping(bucket_start) = 1 or ${groupBy === null} or group_name = any ($4::text[])
        or (group_name is null and array_position($4::text[], null) is not null)
      order by is_total desc, bucket_start, group_name`,
      [clientId, new Date(from), new Date(to), groups],
    );
  }
}

const states = ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;

const inState = (state: string): string => `(count(*) filter (where state = '${state}'))`;

/** In whole milliseconds; nulls, such as the run of an attempt that never started, do not count. */
const percentiles = (interval: string): string =>
  `percentile_cont(array[0.5, 0.95, 0.99]) within group (
     order by greatest(0, extract(epoch from ${interval}) * 1000)::float8
   ) filter (where ${interval} is not null)`;
