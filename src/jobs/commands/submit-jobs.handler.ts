import { CommandHandler } from '@nestjs/cqrs';
import { type Handles } from '../../kernel/message.js';
import { type Submitted } from '../domain/job.outcomes.js';
import { Admission } from './admission.js';
import { SubmitJobs } from './job-batches.js';

@CommandHandler(SubmitJobs)
export class SubmitJobsHandler implements Handles<SubmitJobs> {
  constructor(private readonly admission: Admission) {}

  /** One answer per job, in the order given. */
  async execute({ jobs }: SubmitJobs): Promise<readonly (Submitted | Error)[]> {
    return await this.admission.submit(jobs);
  }
}
