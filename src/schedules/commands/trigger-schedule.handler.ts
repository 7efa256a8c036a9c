import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { TriggerSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(TriggerSchedule)
export class TriggerScheduleHandler implements ICommandHandler<TriggerSchedule> {
  constructor(private readonly streams: Streams) {}

  async execute(command: TriggerSchedule): Promise<Scheduled> {
    const { scheduleId } = command;
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
