import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { QueueRetry } from '../domain/job.commands.js';
import { type TimerAnswer } from '../../engine/timers/command-sender.js';
import { jobKind } from '../job.kind.js';

@CommandHandler(QueueRetry)
export class QueueRetryHandler implements ICommandHandler<QueueRetry> {
  constructor(private readonly streams: Streams) {}

  async execute(command: QueueRetry): Promise<TimerAnswer> {
    await this.streams.decideOn(jobKind, command.jobId, command);
    return 'done';
  }
}
