import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ExpireTotalTime } from '../domain/job.commands.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { jobKind } from '../job.kind.js';

@CommandHandler(ExpireTotalTime)
export class ExpireTotalTimeHandler implements ICommandHandler<ExpireTotalTime> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ExpireTotalTime): Promise<TimerAnswer> {
    await this.streams.decideOn(jobKind, command.jobId, command);
    return 'done';
  }
}
