import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../../platform/http/cursors.js';
import { type Page } from '../../platform/http/page.js';
import { type JobAnswer, publishedJob } from './job.response.js';
import { type JobFilter, JobTable } from './job-table.js';

export class ListJobs extends Query<Page<JobAnswer>> {
  readonly turns = 'lists';
  constructor(
    readonly filter: JobFilter,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListJobs)
export class ListJobsHandler implements IQueryHandler<ListJobs> {
  constructor(
    private readonly table: JobTable,
    private readonly cursors: Cursors,
  ) {}

  async execute({ filter, cursor, limit }: ListJobs): Promise<Page<JobAnswer>> {
    const scope = ['jobs', filter];
    const before = cursor === null ? null : this.cursors.read(scope, cursor);
    const { rows, next } = await this.table.page(filter, before, limit);
    return {
      items: rows.map(publishedJob.write),
      next_cursor: next === null ? null : this.cursors.make(scope, next),
    };
  }
}
