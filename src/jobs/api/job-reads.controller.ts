import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { callerOf } from '../../platform/http/caller.js';
import { Cursors } from '../../platform/http/cursors.js';
import { ValidationFailed } from '../../platform/http/http.refusals.js';
import { Needs } from '../../platform/http/route.rules.js';
import { isInstantText } from '../../platform/http/validation/formats.js';
import { type AsOf } from '../domain/job.history.js';
import { GetJob } from '../queries/get-job.query.js';
import { type JobAnswer } from '../queries/job-answer.js';
import { GetJobEvents, GetJobReport } from '../queries/job-history.query.js';
import { type JobPage, ListJobs } from '../queries/list-jobs.query.js';
import { JobGate } from './job-gate.js';
import { jobIdFrom } from './job-id.js';
import { GetJobRequest, JobEventsRequest, ListJobsRequest } from './list-jobs.request.js';

@Controller('v1/jobs')
@Needs('client', 'worker', 'read')
export class JobReadsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly gate: JobGate,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  async list(@Query() query: ListJobsRequest, @Req() request: FastifyRequest): Promise<JobPage> {
    await this.gate.pass(request);
    const filter = query.toFilter(callerOf(request).clientId);
    return await this.queries.execute(new ListJobs(filter, query.cursor ?? null, query.limit ?? 50));
  }

  @Get(':job_id')
  async get(
    @Param('job_id') id: string,
    @Query() { as_of }: GetJobRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobAnswer | undefined> {
    await this.gate.pass(request);
    const query = new GetJob(callerOf(request).clientId, jobIdFrom(id), as_of === undefined ? null : asOf(as_of));
    const job = await this.queries.execute(query);
    const tag = `"${job.revision}"`;
    reply.header('etag', tag);
    if (matches(request.headers['if-none-match'], tag)) {
      reply.code(304);
      return undefined;
    }
    return job;
  }

  @Get(':job_id/report')
  async report(@Param('job_id') id: string, @Req() request: FastifyRequest): Promise<object> {
    await this.gate.pass(request);
    return await this.queries.execute(new GetJobReport(callerOf(request).clientId, jobIdFrom(id)));
  }

  @Get(':job_id/events')
  async events(
    @Param('job_id') id: string,
    @Query() { cursor, limit }: JobEventsRequest,
    @Req() request: FastifyRequest,
  ): Promise<{ items: readonly object[]; next_cursor: string | null }> {
    await this.gate.pass(request);
    const { clientId } = callerOf(request);
    const jobId = jobIdFrom(id);
    const scope = ['job-events', clientId, jobId];
    const after = cursor === undefined ? null : Number(this.cursors.read(scope, cursor));
    const page = await this.queries.execute(new GetJobEvents(clientId, jobId, after, limit ?? 200));
    return { items: page.items, next_cursor: page.next === null ? null : this.cursors.make(scope, String(page.next)) };
  }
}

function asOf(text: string): AsOf {
  if (/^\d+$/.test(text)) return { revision: Number(text) };
  if (isInstantText(text)) return { at: Date.parse(text) };
  throw new ValidationFailed('RFA_JOB_VALIDATION_FAILED', [
    { pointer: '/as_of', detail: 'must be an RFC 3339 time or a revision' },
  ]);
}

/** RFC 9110: a list of tags or `*`; weak ones compare by their content. */
function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}
