import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ReleaseJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(ReleaseJob)
export class ReleaseJobHandler implements ICommandHandler<ReleaseJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ReleaseJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
