import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { CancelJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(CancelJob)
export class CancelJobHandler implements ICommandHandler<CancelJob> {
  constructor(
    private readonly streams: Streams,
    private readonly progress: KeptProgress,
  ) {}

  async execute(command: CancelJob): Promise<Ended> {
    await this.progress.write([command.jobId]);
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
