import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { jobKind } from '../job.kind.js';
import { SubmitJobs } from './job-batches.js';
import { type Submitted, submittedFrom } from './submitted.js';

@CommandHandler(SubmitJobs)
export class SubmitJobsHandler implements ICommandHandler<SubmitJobs> {
  constructor(private readonly streams: Streams) {}

  /** One answer per job, in the order given. */
  async execute({ jobs }: SubmitJobs): Promise<readonly (Submitted | Error)[]> {
    const decided = await this.streams.decideOnMany(
      jobKind,
      jobs.map((command) => ({ id: command.jobId, command, expectNew: true })),
    );
    return decided.map((answer, index) => {
      if (answer instanceof Error) return answer;
      try {
        return submittedFrom(jobs[index]?.jobId ?? '', answer);
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    });
  }
}
