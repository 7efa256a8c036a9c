import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { FreeUnusedName } from '../domain/schedule-name.commands.js';
import { ScheduleNames } from './schedule-names.js';
import { scheduleStream } from '../schedule.stream.js';

@CommandHandler(FreeUnusedName)
export class FreeUnusedNameHandler implements Handles<FreeUnusedName> {
  constructor(
    private readonly streams: Streams,
    private readonly names: ScheduleNames,
  ) {}

  async execute({ clientId, name, scheduleId, cause }: FreeUnusedName): Promise<TimerAnswer> {
    const { state } = await this.streams.load(scheduleStream, scheduleId);
    const isUsed = state.state === 'LIVE' && state.rule.name === name;
    if (!isUsed) await this.names.free(clientId, name, scheduleId, cause);
    return 'done';
  }
}
