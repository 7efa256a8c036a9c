import { CommandHandler } from '@nestjs/cqrs';
import { type Handles } from '../../kernel/message.js';
import { LeaseDesk } from '../dispatch/lease-desk.js';
import { type LeasedJob } from '../dispatch/lease-request.js';
import { LiveWorkers } from '../dispatch/live-workers.js';
import { RecentPolls } from '../dispatch/recent-polls.js';
import { LeaseJobs } from './job-batches.js';

@CommandHandler(LeaseJobs)
export class LeaseJobsHandler implements Handles<LeaseJobs> {
  constructor(
    private readonly desk: LeaseDesk,
    private readonly workers: LiveWorkers,
    private readonly polls: RecentPolls,
  ) {}

  async execute({ request }: LeaseJobs): Promise<readonly LeasedJob[]> {
    const ends = [this.workers.waits(request.workerId), this.polls.waits(request)];
    try {
      return await this.desk.request(request);
    } finally {
      for (const end of ends) end();
    }
  }
}
