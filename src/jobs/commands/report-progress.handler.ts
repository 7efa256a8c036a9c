import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { ReportProgress } from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';
import { jobStream } from '../domain/job.stream.js';

const maxTries = 3;

@CommandHandler(ReportProgress)
export class ReportProgressHandler implements Handles<ReportProgress> {
  constructor(
    private readonly streams: Streams,
    private readonly kept: KeptProgress,
  ) {}

  async execute(command: ReportProgress): Promise<Ended> {
    for (let tries = 1; ; tries += 1) {
      const decided = await this.streams.decideOn(jobStream, command.jobId, command);
      const isReported = decided.events.length > 0 || (await this.kept.keep(command, decided.state));
      if (isReported || tries === maxTries) return endedFrom(command.jobId, decided);
    }
  }
}
