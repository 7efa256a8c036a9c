import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { CompleteJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(CompleteJob)
export class CompleteJobHandler implements ICommandHandler<CompleteJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: CompleteJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
