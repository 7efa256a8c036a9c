import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CancelJob } from '../domain/job.commands.js';
import { type Ended, endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(CancelJob)
export class CancelJobHandler implements ICommandHandler<CancelJob> {
  constructor(private readonly progress: KeptProgress) {}

  async execute(command: CancelJob): Promise<Ended> {
    return endedFrom(command.jobId, await this.progress.decideOn(command));
  }
}
