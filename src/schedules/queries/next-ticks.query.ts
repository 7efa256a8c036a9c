import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Clock } from '../../platform/clock/clock.js';
import { ScheduleNotFound } from '../domain/schedule.refusals.js';
import { ticksBetween } from '../domain/ticks.js';
import { calendar, scheduleStream } from '../schedule.stream.js';

/** A tick to come, as a clock in the schedule's zone will show it and as the world does. */
export interface NextTick {
  readonly due_at: string;
  /** Without an offset: what stands on the wall. */
  readonly local_time: string;
}

/** The next ticks of a schedule, whether or not it is paused. */
export class ListNextTicks extends Query<readonly NextTick[]> {
  constructor(
    readonly clientId: string,
    readonly scheduleId: string,
    readonly count: number,
  ) {
    super();
  }
}

@QueryHandler(ListNextTicks)
export class ListNextTicksHandler implements IQueryHandler<ListNextTicks> {
  constructor(
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, scheduleId, count }: ListNextTicks): Promise<readonly NextTick[]> {
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    if (state.state !== 'LIVE' || state.clientId !== clientId) throw new ScheduleNotFound(scheduleId);
    const { rule } = state;
    const ticks = ticksBetween(rule, this.clock.due(), Number.POSITIVE_INFINITY, count, calendar);
    return ticks.map((dueAt) => ({
      due_at: new Date(dueAt).toISOString(),
      local_time: new Date(calendar.wallAt(rule.timezone, dueAt)).toISOString().slice(0, 19),
    }));
  }
}
