import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { FailJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(FailJob)
export class FailJobHandler implements ICommandHandler<FailJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: FailJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
