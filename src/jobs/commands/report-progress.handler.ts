import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { ReportProgress } from '../domain/job.commands.js';
import { type Ended } from '../domain/job.outcomes.js';
import { jobKind } from '../job.kind.js';
import { endedFrom } from './ended.js';
import { KeptProgress } from './kept-progress.js';

const mostTries = 3;

@CommandHandler(ReportProgress)
export class ReportProgressHandler implements Handles<ReportProgress> {
  constructor(
    private readonly streams: Streams,
    private readonly kept: KeptProgress,
  ) {}

  async execute(command: ReportProgress): Promise<Ended> {
    for (let tries = 1; ; tries += 1) {
      const decided = await this.streams.decideOn(jobKind, command.jobId, command);
      const isTold = decided.events.length > 0 || (await this.kept.keep(command, decided.state));
      if (isTold || tries === mostTries) return endedFrom(command.jobId, decided);
    }
  }
}
