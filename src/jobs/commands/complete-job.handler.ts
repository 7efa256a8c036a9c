import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CompleteJob } from '../domain/job.commands.js';
import { type Ended, endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(CompleteJob)
export class CompleteJobHandler implements ICommandHandler<CompleteJob> {
  constructor(private readonly progress: KeptProgress) {}

  async execute(command: CompleteJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.progress.decideOn(command));
  }
}
