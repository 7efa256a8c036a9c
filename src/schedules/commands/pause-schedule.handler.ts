import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { PauseSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(PauseSchedule)
export class PauseScheduleHandler implements ICommandHandler<PauseSchedule> {
  constructor(private readonly streams: Streams) {}

  async execute(command: PauseSchedule): Promise<Scheduled> {
    const { scheduleId } = command;
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
