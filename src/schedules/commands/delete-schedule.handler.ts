import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { Uptimes } from '../../engine/followers/uptimes.js';
import { type Handles } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { DeleteSchedule } from '../domain/schedule.commands.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduleStream } from '../schedule.stream.js';

@CommandHandler(DeleteSchedule)
export class DeleteScheduleHandler implements Handles<DeleteSchedule> {
  constructor(
    private readonly streams: Streams,
    private readonly names: ScheduleNames,
    private readonly uptimes: Uptimes,
  ) {}

  async execute({ scheduleId, cause }: DeleteSchedule): Promise<Positioned> {
    const command = new DeleteSchedule(scheduleId, await this.uptimes.outages()).because(cause);
    const { events, position } = await this.streams.decideOn(scheduleStream, scheduleId, command);
    const last = events.at(-1);
    // At once, so that the caller that deletes a schedule can make another of its name.
    if (last?.type === 'ScheduleDeleted') await this.names.free(last.data.clientId, last.data.name, scheduleId, cause);
    return { position };
  }
}
