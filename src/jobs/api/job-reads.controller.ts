import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Answers, Refuses, Summary, TakesHeaders } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { namesTag } from '../../platform/http/entity-tags.js';
import { RequestMalformed } from '../../platform/http/http.refusals.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFrom } from '../../platform/http/route.rules.js';
import { isInstantText } from '../../platform/http/validation/formats.js';
import { type AsOf } from '../domain/job.history.js';
import { ExplainJob, type Explanation } from '../queries/explain-job.query.js';
import { GetJob } from '../queries/get-job.query.js';
import { type ReportAnswer } from '../queries/history.response.js';
import { type JobAnswer } from '../queries/job.response.js';
import { GetJobReport } from '../queries/job-history.query.js';
import { ListJobs } from '../queries/list-jobs.query.js';
import { jobIdFrom } from '../queries/job-id.js';
import { explanationSchema, jobPageSchema, jobSchema, reportSchema } from './job.openapi.js';
import { GetJobRequest, ListJobsRequest } from './list-jobs.request.js';

@Controller('v1/jobs')
@Needs('client', 'read')
@ReadsFrom('jobs')
export class JobReadsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Summary('List jobs, newest first', 'listJobs')
  @Answers(200, jobPageSchema)
  async list(@Query() query: ListJobsRequest, @Req() request: FastifyRequest): Promise<Page<JobAnswer>> {
    const filter = query.toFilter(callerOf(request).clientId);
    return await this.queries.execute(new ListJobs(filter, query.cursor ?? null, query.limit ?? 50));
  }

  @Get(':job_id')
  @Summary('Show a job, as it is or as it was', 'getJob')
  @TakesHeaders({
    'If-None-Match': 'The ETag of the job as the caller knows it; answered with 304 where it has not changed.',
  })
  @Answers(200, jobSchema, { headers: { ETag: 'The revision of the job, in quotes; for If-None-Match.' } })
  @Answers(304, null, { description: 'It is as it is known.' })
  @Needs('client', 'worker', 'read')
  async get(
    @Param('job_id') id: string,
    @Query() { as_of }: GetJobRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobAnswer | undefined> {
    const query = new GetJob(callerOf(request).clientId, jobIdFrom(id), as_of === undefined ? null : asOf(as_of));
    const job = await this.queries.execute(query);
    const tag = `"${job.revision}"`;
    reply.header('etag', tag);
    if (namesTag(request.headers['if-none-match'], tag)) {
      reply.code(304);
      return undefined;
    }
    return job;
  }

  @Get(':job_id/report')
  @Summary('Show what happened to a job', 'getJobReport')
  @Answers(200, reportSchema)
  @Refuses('RFA_JOB_REPORT_NOT_READY')
  async report(@Param('job_id') id: string, @Req() request: FastifyRequest): Promise<ReportAnswer> {
    return await this.queries.execute(new GetJobReport(callerOf(request).clientId, jobIdFrom(id)));
  }

  @Get(':job_id/why')
  @Summary('Say what a job waits for', 'explainJob')
  @Answers(200, explanationSchema)
  async explain(@Param('job_id') id: string, @Req() request: FastifyRequest): Promise<Explanation> {
    return await this.queries.execute(new ExplainJob(callerOf(request).clientId, jobIdFrom(id)));
  }
}

function asOf(text: string): AsOf {
  if (/^\d+$/.test(text)) return { revision: Number(text) };
  if (isInstantText(text)) return { at: Date.parse(text) };
  const fault = { pointer: '/as_of', detail: 'must be an RFC 3339 time or a revision' };
  throw new RequestMalformed('The request has a fault.', [fault]);
}
