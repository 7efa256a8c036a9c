import { CommandHandler } from '@nestjs/cqrs';
import { type Handles } from '../../kernel/message.js';
import { LeaseWaiters } from '../leasing/lease-waiters.js';
import { type LeasedJob } from '../leasing/lease-request.js';
import { LiveWorkers } from '../leasing/live-workers.js';
import { RecentPolls } from '../../dispatch/recent-polls.js';
import { LeaseJobs } from './job-batches.js';

@CommandHandler(LeaseJobs)
export class LeaseJobsHandler implements Handles<LeaseJobs> {
  constructor(
    private readonly waiters: LeaseWaiters,
    private readonly workers: LiveWorkers,
    private readonly polls: RecentPolls,
  ) {}

  async execute({ request }: LeaseJobs): Promise<readonly LeasedJob[]> {
    const ends = [this.workers.waits(request.workerId), this.polls.waits(request)];
    try {
      return await this.waiters.request(request);
    } finally {
      for (const end of ends) end();
    }
  }
}
