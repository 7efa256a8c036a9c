import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Admission } from './admission.js';
import { SubmitJobs } from './job-batches.js';
import { type Submitted } from './submitted.js';

@CommandHandler(SubmitJobs)
export class SubmitJobsHandler implements ICommandHandler<SubmitJobs> {
  constructor(private readonly admission: Admission) {}

  /** One answer per job, in the order given. */
  async execute({ jobs }: SubmitJobs): Promise<readonly (Submitted | Error)[]> {
    return await this.admission.submit(jobs);
  }
}
