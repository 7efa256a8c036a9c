import { Controller, Get, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { ReadGate } from '../../engine/projector/read-gate.js';
import { callerOf } from '../../platform/http/caller.js';
import { positionFrom } from '../../platform/http/position-token.js';
import { RecentWrites } from '../../platform/http/recent-writes.js';
import { Needs } from '../../platform/http/route.rules.js';
import { GetSummary } from '../queries/get-summary.query.js';
import { type SummaryAnswer } from '../queries/summary-answer.js';
import { SummaryRequest } from './summary.request.js';
import { Answers, Refuses, Summary } from '../../platform/http/answer.rules.js';
import { summarySchema } from './summary.answers.js';

@Controller('v1/reports')
@Needs('client', 'read')
export class ReportsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly gate: ReadGate,
    private readonly recent: RecentWrites,
  ) {}

  @Get('summary')
  @Summary('Count jobs and attempts', 'getReportSummary')
  @Answers(200, summarySchema)
  @Refuses('RFA_EXEC_TIMEOUT')
  async summary(@Query() query: SummaryRequest, @Req() request: FastifyRequest): Promise<SummaryAnswer> {
    const { clientId } = callerOf(request);
    const asked = request.headers['forgerun-min-position'];
    const least = typeof asked === 'string' ? positionFrom(asked) : null;
    const own = this.recent.of(clientId);
    await Promise.all(['jobs', 'attempts'].map((model) => this.gate.pass(model, own, least)));
    return await this.queries.execute(new GetSummary(clientId, query.toWish()));
  }
}
