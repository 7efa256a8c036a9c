import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { StartJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(StartJob)
export class StartJobHandler implements ICommandHandler<StartJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: StartJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
