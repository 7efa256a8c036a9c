import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { RecordProgress } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';

@CommandHandler(RecordProgress)
export class RecordProgressHandler implements ICommandHandler<RecordProgress> {
  constructor(private readonly streams: Streams) {}

  async execute(command: RecordProgress): Promise<TimerAnswer> {
    await this.streams.decideOn(jobKind, command.jobId, command);
    return 'done';
  }
}
