import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { jobKind } from '../job.kind.js';
import { type Ended, endedFrom } from './ended.js';
import { EndJobs } from './job-batches.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(EndJobs)
export class EndJobsHandler implements ICommandHandler<EndJobs> {
  constructor(
    private readonly streams: Streams,
    private readonly progress: KeptProgress,
  ) {}

  /** One answer per end, in the order given. */
  async execute({ ends }: EndJobs): Promise<readonly (Ended | Error)[]> {
    await this.progress.write(ends.map(({ jobId }) => jobId));
    const decided = await this.streams.decideOnMany(
      jobKind,
      ends.map((command) => ({ id: command.jobId, command })),
    );
    return decided.map((answer, index) =>
      answer instanceof Error ? answer : endedFrom(ends[index]?.jobId ?? '', answer),
    );
  }
}
