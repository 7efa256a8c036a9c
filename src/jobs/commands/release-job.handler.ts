import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ReleaseJob } from '../domain/job.commands.js';
import { type Ended, endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(ReleaseJob)
export class ReleaseJobHandler implements ICommandHandler<ReleaseJob> {
  constructor(private readonly progress: KeptProgress) {}

  async execute(command: ReleaseJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.progress.decideOn(command));
  }
}
