import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ReportProgress } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';

@CommandHandler(ReportProgress)
export class ReportProgressHandler implements ICommandHandler<ReportProgress> {
  constructor(private readonly streams: Streams) {}

  async execute(command: ReportProgress): Promise<Ended> {
    return endedFrom(command.jobId, await this.streams.decideOn(jobKind, command.jobId, command));
  }
}
