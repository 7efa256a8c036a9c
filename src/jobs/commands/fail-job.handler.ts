import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { FailJob } from '../domain/job.commands.js';
import { type Ended, endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(FailJob)
export class FailJobHandler implements ICommandHandler<FailJob> {
  constructor(private readonly progress: KeptProgress) {}

  async execute(command: FailJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.progress.decideOn(command));
  }
}
