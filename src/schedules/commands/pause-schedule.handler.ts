import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Uptimes } from '../../engine/timers/uptimes.js';
import { PauseSchedule } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';
import { type Scheduled, scheduledFrom } from './scheduled.js';

@CommandHandler(PauseSchedule)
export class PauseScheduleHandler implements ICommandHandler<PauseSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly uptimes: Uptimes,
  ) {}

  async execute({ scheduleId, cause }: PauseSchedule): Promise<Scheduled> {
    const command = new PauseSchedule(scheduleId, await this.uptimes.outages()).because(cause);
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleKind, scheduleId, command));
  }
}
