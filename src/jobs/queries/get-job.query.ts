import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Clock } from '../../platform/clock/clock.js';
import { type AsOf, eventsAsOf, liesAhead } from '../domain/job.history.js';
import { AsOfLiesAhead, JobNotFound } from '../domain/job.refusals.js';
import { viewOf } from '../domain/job.view.js';
import { type JobAnswer, publishedJob } from './job.response.js';
import { JobTable } from './job-table.js';
import { jobStream } from '../domain/job.stream.js';

export class GetJob extends Query<JobAnswer> {
  constructor(
    readonly clientId: string,
    readonly jobId: string,
    /** Null: as it is now. */
    readonly asOf: AsOf | null,
  ) {
    super();
  }
}

@QueryHandler(GetJob)
export class GetJobHandler implements IQueryHandler<GetJob> {
  constructor(
    private readonly table: JobTable,
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, jobId, asOf }: GetJob): Promise<JobAnswer> {
    if (asOf !== null) return await this.#asItWas(clientId, jobId, asOf);
    const row = await this.table.one(jobId);
    if (row?.clientId !== clientId) throw new JobNotFound(jobId);
    return publishedJob.write(row);
  }

  async #asItWas(clientId: string, jobId: string, asOf: AsOf): Promise<JobAnswer> {
    const events = await this.streams.read(jobStream, jobId);
    const view = viewOf(eventsAsOf(events, asOf));
    if (view?.clientId !== clientId) throw new JobNotFound(jobId);
    if (liesAhead(asOf, events, this.clock.now())) throw new AsOfLiesAhead();
    return publishedJob.write(view);
  }
}
