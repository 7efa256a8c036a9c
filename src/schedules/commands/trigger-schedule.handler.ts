import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Uptimes } from '../../engine/timers/uptimes.js';
import { TriggerSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(TriggerSchedule)
export class TriggerScheduleHandler implements ICommandHandler<TriggerSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly uptimes: Uptimes,
  ) {}

  async execute({ scheduleId, jobId, cause }: TriggerSchedule): Promise<Scheduled> {
    const command = new TriggerSchedule(scheduleId, jobId, await this.uptimes.outages()).because(cause);
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
