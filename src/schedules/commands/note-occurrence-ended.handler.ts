import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { NoteOccurrenceEnded } from '../domain/schedule.commands.js';
import { scheduleKind } from '../schedule.kind.js';

@CommandHandler(NoteOccurrenceEnded)
export class NoteOccurrenceEndedHandler implements ICommandHandler<NoteOccurrenceEnded> {
  constructor(private readonly streams: Streams) {}

  async execute(command: NoteOccurrenceEnded): Promise<TimerAnswer> {
    await this.streams.decideOn(scheduleKind, command.scheduleId, command);
    return 'done';
  }
}
