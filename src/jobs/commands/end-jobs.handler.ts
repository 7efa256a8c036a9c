import { CommandHandler } from '@nestjs/cqrs';
import { type Handles } from '../../kernel/message.js';
import { type Ended } from '../domain/job.outcomes.js';
import { endedFrom } from './ended.js';
import { EndJobs } from './job-batches.js';
import { KeptProgress } from './kept-progress.js';

@CommandHandler(EndJobs)
export class EndJobsHandler implements Handles<EndJobs> {
  constructor(private readonly progress: KeptProgress) {}

  /** One answer per end, in the order given. */
  async execute({ ends }: EndJobs): Promise<readonly (Ended | Error)[]> {
    const decided = await this.progress.decideOnMany(ends);
    return decided.map((answer, index) =>
      answer instanceof Error ? answer : endedFrom(ends[index]?.jobId ?? '', answer),
    );
  }
}
