import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Needs, ReadsFromAll } from '../../platform/http/route.rules.js';
import { type FollowerReport } from '../queries/follower-report.js';
import { type EngineStatus, GetStatus } from '../queries/get-status.query.js';
import { ListProjections } from '../queries/list-projections.query.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { projectionPageSchema, statusSchema } from './admin.openapi.js';

/** Answers questions of the operator. */
@Controller('v1/admin')
@Needs('admin')
export class AdminController {
  constructor(private readonly queries: QueryBus) {}

  @Get('projections')
  @Summary('Show how far every read model is', 'listProjections')
  @Answers(200, projectionPageSchema)
  @ReadsFromAll()
  async projections(): Promise<{ items: readonly FollowerReport[]; next_cursor: null }> {
    return { items: await this.queries.execute(new ListProjections()), next_cursor: null };
  }

  @Get('status')
  @Summary('Show how the engine is', 'getEngineStatus')
  @Answers(200, statusSchema)
  @ReadsFromAll()
  async status(): Promise<EngineStatus> {
    return await this.queries.execute(new GetStatus());
  }
}
