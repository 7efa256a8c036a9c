import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { SubmitJob } from '../domain/job.commands.js';
import { jobKind } from '../job.kind.js';
import { type Submitted, submittedFrom } from './submitted.js';

@CommandHandler(SubmitJob)
export class SubmitJobHandler implements ICommandHandler<SubmitJob> {
  constructor(private readonly streams: Streams) {}

  async execute(command: SubmitJob): Promise<Submitted> {
    const decided = await this.streams.decideOn(jobKind, command.jobId, command, { expectNew: true });
    return submittedFrom(command.jobId, decided);
  }
}
