import { Controller, Get, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { callerOf } from '../../platform/http/caller.js';
import { Needs, ReadsFrom } from '../../platform/http/route.rules.js';
import { GetSummary } from '../queries/get-summary.query.js';
import { type SummaryAnswer } from '../queries/summary.response.js';
import { SummaryRequest } from './summary.request.js';
import { Answers, Refuses, Summary } from '../../platform/http/answer.rules.js';
import { summarySchema } from './summary.openapi.js';

@Controller('v1/reports')
@Needs('client', 'read')
export class ReportsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('summary')
  @Summary('Count jobs and attempts', 'getReportSummary')
  @Answers(200, summarySchema)
  @Refuses('RFA_EXEC_TIMEOUT')
  @ReadsFrom('jobs', 'attempts')
  async summary(@Query() query: SummaryRequest, @Req() request: FastifyRequest): Promise<SummaryAnswer> {
    const { clientId } = callerOf(request);
    return await this.queries.execute(new GetSummary(clientId, query.toRequested()));
  }
}
