import { In, type Repository, type SelectQueryBuilder } from 'typeorm';
import { type JobRow, jobs } from '../../../projections/jobs/jobs.table.js';
import { type Instant } from '../../kernel/instant.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { rowsOf } from '../../platform/postgres/entities.js';
import { type ReadSource } from '../../platform/postgres/read-source.js';

export interface JobFilter {
  readonly clientId: string;
  readonly states: readonly string[] | null;
  readonly workKind: string | null;
  readonly queue: string | null;
  /** Name and value, with a colon between them. */
  readonly tag: string | null;
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

/** Rows of a page that are read and made into jobs at once: what other clients ask for comes in between. */
const rowsAtOnce = { alone: Number.POSITIVE_INFINITY, beside: 40 };

/** Names may hold colons, too: where the name ends is not to be seen from the text. */
const hasTag = `select from json_each_text((job.tags)::json) as tags (name, value) where name || ':' || value = :tag`;

/** Reads the jobs read model. */
export class JobTable {
  readonly #jobs: Repository<JobRow>;

  constructor(
    source: ReadSource,
    private readonly loop: SharedLoop,
  ) {
    this.#jobs = rowsOf(source, jobs);
  }

  async one(jobId: string): Promise<JobRow | null> {
    return await this.#jobs.findOneBy({ jobId });
  }

  /** Newest first, before a place; `next` is the place the following page begins before, null at the end. */
  async page(
    filter: JobFilter,
    before: string | null,
    limit: number,
  ): Promise<{ readonly rows: readonly JobRow[]; readonly next: string | null }> {
    const found = await this.#select(filter, before)
      .limit(limit + 1)
      .getRawMany<PageRow>();
    const page = fitting(found.slice(0, limit));
    const rows = await this.#rowsOf(page.map(({ job_id }) => job_id));
    return { rows, next: found.length > page.length ? (page.at(-1)?.created_position ?? null) : null };
  }

  async #rowsOf(jobIds: readonly string[]): Promise<readonly JobRow[]> {
    const most = this.loop.pieceOf(rowsAtOnce);
    const rows: JobRow[] = [];
    for (let first = 0; first < jobIds.length; first += most) {
      if (first > 0) await this.loop.rest();
      const where = { jobId: In(jobIds.slice(first, first + most)) };
      rows.push(...(await this.#jobs.find({ where, order: { createdPosition: 'DESC' } })));
    }
    return rows;
  }

  #select(filter: JobFilter, before: string | null): SelectQueryBuilder<JobRow> {
    const { clientId, states, workKind, queue, tag, scheduleId, createdAfter, createdBefore } = filter;
    const query = this.#jobs
      .createQueryBuilder('job')
      .select('job.jobId', 'job_id')
      .addSelect('job.createdPosition', 'created_position')
      .addSelect('coalesce(pg_column_size(job.payload), 0) + coalesce(pg_column_size(job.result), 0)', 'size')
      .where('job.clientId = :clientId', { clientId })
      .orderBy('job.createdPosition', 'DESC');
    if (before !== null) query.andWhere('job.createdPosition < :before', { before });
    if (states !== null) query.andWhere('job.state = any (:states)', { states });
    if (workKind !== null) query.andWhere('job.workKind = :workKind', { workKind });
    if (queue !== null) query.andWhere('job.queue = :queue', { queue });
    if (tag !== null) query.andWhere(`exists (${hasTag})`, { tag });
    if (scheduleId !== null) query.andWhere('job.scheduleId = :scheduleId', { scheduleId });
    if (createdAfter !== null)
      query.andWhere('job.createdAt > :createdAfter', { createdAfter: new Date(createdAfter) });
    if (createdBefore !== null)
      query.andWhere('job.createdAt < :createdBefore', { createdBefore: new Date(createdBefore) });
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
