import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFrom } from '../../platform/http/route.rules.js';
import { ListNextTicks, type NextTick } from '../queries/next-ticks.query.js';
import { type OccurrenceAnswer, type ScheduleAnswer, scheduleSchema } from '../queries/schedule.response.js';
import { GetSchedule, ListOccurrences, ListSchedules } from '../queries/schedule-reads.query.js';
import { scheduleIdFrom } from '../queries/schedule-owners.js';
import { nextTicksSchema, occurrencePageSchema, schedulePageSchema } from './schedule.openapi.js';
import { ListSchedulesRequest, NextTicksRequest } from './schedule.requests.js';

@Controller('v1/schedules')
@Needs('client', 'read')
@ReadsFrom('schedules')
export class ScheduleReadsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Summary('List schedules, newest first', 'listSchedules')
  @Answers(200, schedulePageSchema)
  async list(
    @Query() { cursor, limit }: ListSchedulesRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<ScheduleAnswer>> {
    return await this.queries.execute(new ListSchedules(callerOf(request).clientId, cursor ?? null, limit ?? 50));
  }

  @Get(':schedule_id')
  @Summary('Show a schedule', 'getSchedule')
  @Answers(200, scheduleSchema)
  async get(@Param('schedule_id') id: string, @Req() request: FastifyRequest): Promise<ScheduleAnswer> {
    return await this.queries.execute(new GetSchedule(callerOf(request).clientId, scheduleIdFrom(id)));
  }

  @Get(':schedule_id/next')
  @Summary('Foretell the next ticks of a schedule', 'listNextTicks')
  @Answers(200, nextTicksSchema)
  async next(
    @Param('schedule_id') id: string,
    @Query() { count }: NextTicksRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<NextTick>> {
    const query = new ListNextTicks(callerOf(request).clientId, scheduleIdFrom(id), count ?? 10);
    return { items: await this.queries.execute(query), next_cursor: null };
  }

  @Get(':schedule_id/occurrences')
  @Summary('List what became of each tick, latest first', 'listOccurrences')
  @Answers(200, occurrencePageSchema)
  async occurrences(
    @Param('schedule_id') id: string,
    @Query() { cursor, limit }: ListSchedulesRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<OccurrenceAnswer>> {
    const { clientId } = callerOf(request);
    return await this.queries.execute(new ListOccurrences(clientId, scheduleIdFrom(id), cursor ?? null, limit ?? 50));
  }
}
