import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { CreateSchedule } from '../domain/schedule.commands.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduledFrom } from './scheduled.js';
import { scheduleStream } from '../schedule.stream.js';

@CommandHandler(CreateSchedule)
export class CreateScheduleHandler implements Handles<CreateSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly names: ScheduleNames,
  ) {}

  async execute(asked: CreateSchedule): Promise<Scheduled> {
    const { scheduleId, clientId, rule, paused, cause } = asked;
    const takenAt = await this.names.take(clientId, rule.name, scheduleId, cause);
    const command = new CreateSchedule(scheduleId, clientId, rule, paused, takenAt).because(cause);
    return scheduledFrom(scheduleId, await this.streams.decideOn(scheduleStream, scheduleId, command));
  }
}
