import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { RetryJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(RetryJob)
export class RetryJobHandler implements ICommandHandler<RetryJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: RetryJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
