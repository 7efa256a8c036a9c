import type pg from 'pg';
import { type DataSource, type SelectQueryBuilder } from 'typeorm';
import { type Instant } from '../../kernel/instant.js';
import { type JobRecord } from './job.response.js';

export interface JobFilter {
  readonly clientId: string;
  readonly states: readonly string[] | null;
  readonly workKind: string | null;
  readonly queue: string | null;
  readonly tag: { readonly key: string; readonly value: string } | null;
  readonly scheduleId: string | null;
  readonly createdAfter: Instant | null;
  readonly createdBefore: Instant | null;
}

interface PageRow {
  readonly job_id: string;
  readonly created_position: string;
  readonly size: string;
}

/** Payloads and results are shown in lists too, so a page also ends when they add up to this many stored bytes. */
const pageBytes = 4 * 1024 * 1024;

/** Reads the jobs read model. */
export class JobTable {
  constructor(
    private readonly pool: pg.Pool,
    private readonly source: DataSource,
  ) {}

  async one(jobId: string): Promise<JobRecord | null> {
    const { rows } = await this.pool.query<JobRecord>({
      name: 'one-job',
      text: 'select * from forgerun_read.jobs where job_id = $1',
      values: [jobId],
    });
    return rows[0] ?? null;
  }

  /** Newest first, before a place; `next` is the place the following page begins before, null at the end. */
  async page(
    filter: JobFilter,
    before: string | null,
    limit: number,
  ): Promise<{ readonly rows: readonly JobRecord[]; readonly next: string | null }> {
    const found = await this.#select(filter, before)
      .limit(limit + 1)
      .getRawMany<PageRow>();
    const page = fitting(found.slice(0, limit));
    const { rows } = await this.pool.query<JobRecord>({
      name: 'jobs-of-page',
      text: 'select * from forgerun_read.jobs where job_id = any ($1::uuid[]) order by created_position desc',
      values: [page.map(({ job_id }) => job_id)],
    });
    return { rows, next: found.length > page.length ? (page.at(-1)?.created_position ?? null) : null };
  }

  #select(filter: JobFilter, before: string | null): SelectQueryBuilder<object> {
    const { clientId, states, workKind, queue, tag, scheduleId, createdAfter, createdBefore } = filter;
    const query = this.source
      .createQueryBuilder()
      .select('j.job_id', 'job_id')
      .addSelect('j.created_position', 'created_position')
      .addSelect('coalesce(pg_column_size(j.payload), 0) + coalesce(pg_column_size(j.result), 0)', 'size')
      .from('forgerun_read.jobs', 'j')
      .where('j.client_id = :clientId', { clientId })
      .orderBy('j.created_position', 'DESC');
    if (before !== null) query.andWhere('j.created_position < :before', { before });
    if (states !== null) query.andWhere('j.state = any (:states)', { states });
    if (workKind !== null) query.andWhere('j.work_kind = :workKind', { workKind });
    if (queue !== null) query.andWhere('j.queue = :queue', { queue });
    if (tag !== null) query.andWhere('j.tags::json ->> :tagKey = :tagValue', { tagKey: tag.key, tagValue: tag.value });
    if (scheduleId !== null) query.andWhere('j.schedule_id = :scheduleId', { scheduleId });
    if (createdAfter !== null) query.andWhere('j.created_at > :createdAfter', { createdAfter: new Date(createdAfter) });
    if (createdBefore !== null)
      query.andWhere('j.created_at < :createdBefore', { createdBefore: new Date(createdBefore) });
    return query;
  }
}

function fitting(rows: readonly PageRow[]): readonly PageRow[] {
  let bytes = 0;
  const end = rows.findIndex(({ size }, index) => {
    bytes += Number(size);
    return index > 0 && bytes > pageBytes;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
