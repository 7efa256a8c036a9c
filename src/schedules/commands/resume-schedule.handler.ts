import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Uptimes } from '../../engine/timers/uptimes.js';
import { ResumeSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(ResumeSchedule)
export class ResumeScheduleHandler implements ICommandHandler<ResumeSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly uptimes: Uptimes,
  ) {}

  async execute({ scheduleId, cause }: ResumeSchedule): Promise<Scheduled> {
    const command = new ResumeSchedule(scheduleId, await this.uptimes.outages()).because(cause);
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
