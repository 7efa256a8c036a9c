import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ResumeSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(ResumeSchedule)
export class ResumeScheduleHandler implements ICommandHandler<ResumeSchedule> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ResumeSchedule): Promise<Scheduled> {
    const { scheduleId } = command;
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
