import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../../platform/http/cursors.js';
import { type Page } from '../../platform/http/page.js';
import { ScheduleNotFound } from '../domain/schedule.refusals.js';
import {
  type OccurrenceAnswer,
  publishedOccurrence,
  type ScheduleAnswer,
  scheduleAnswer,
} from './schedule.response.js';
import { ScheduleTable } from './schedule-table.js';

export class GetSchedule extends Query<ScheduleAnswer> {
  constructor(
    readonly clientId: string,
    readonly scheduleId: string,
  ) {
    super();
  }
}

export class ListSchedules extends Query<Page<ScheduleAnswer>> {
  constructor(
    readonly clientId: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

export class ListOccurrences extends Query<Page<OccurrenceAnswer>> {
  constructor(
    readonly clientId: string,
    readonly scheduleId: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetSchedule)
export class GetScheduleHandler implements IQueryHandler<GetSchedule> {
  constructor(private readonly table: ScheduleTable) {}

  async execute({ clientId, scheduleId }: GetSchedule): Promise<ScheduleAnswer> {
    const row = await this.table.one(scheduleId);
    if (row?.clientId !== clientId) throw new ScheduleNotFound(scheduleId);
    return scheduleAnswer(row);
  }
}

@QueryHandler(ListSchedules)
export class ListSchedulesHandler implements IQueryHandler<ListSchedules> {
  constructor(
    private readonly table: ScheduleTable,
    private readonly cursors: Cursors,
  ) {}

  async execute({ clientId, cursor, limit }: ListSchedules): Promise<Page<ScheduleAnswer>> {
    const scope = ['schedules', clientId];
    const before = cursor === null ? null : this.cursors.read(scope, cursor);
    const { rows, next } = await this.table.page(clientId, before, limit);
    return { items: rows.map(scheduleAnswer), next_cursor: next === null ? null : this.cursors.make(scope, next) };
  }
}

@QueryHandler(ListOccurrences)
export class ListOccurrencesHandler implements IQueryHandler<ListOccurrences> {
  constructor(
    private readonly table: ScheduleTable,
    private readonly cursors: Cursors,
  ) {}

  async execute({ clientId, scheduleId, cursor, limit }: ListOccurrences): Promise<Page<OccurrenceAnswer>> {
    const scope = ['occurrences', clientId, scheduleId];
    const before = cursor === null ? null : this.cursors.read(scope, cursor);
    const schedule = await this.table.one(scheduleId);
    if (schedule?.clientId !== clientId) throw new ScheduleNotFound(scheduleId);
    const { rows, next } = await this.table.occurrences(scheduleId, before, limit);
    return {
      items: rows.map(publishedOccurrence.write),
      next_cursor: next === null ? null : this.cursors.make(scope, next),
    };
  }
}
