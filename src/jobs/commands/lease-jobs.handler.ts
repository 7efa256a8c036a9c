import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LeaseDesk } from '../dispatch/lease-desk.js';
import { type LeasedJob } from '../dispatch/lease-request.js';
import { LeaseJobs } from './job-batches.js';

@CommandHandler(LeaseJobs)
export class LeaseJobsHandler implements ICommandHandler<LeaseJobs> {
  constructor(private readonly desk: LeaseDesk) {}

  async execute({ request }: LeaseJobs): Promise<readonly LeasedJob[]> {
    return await this.desk.request(request);
  }
}
