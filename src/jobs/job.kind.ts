import type { StreamKind } from '../engine/commands/stream-kind.js';
import type { JobCommand } from './domain/job.commands.js';
import { jobDecider } from './domain/job.decider.js';
import type { JobEvent } from './domain/job.events.js';
import { jobSchemas } from './domain/job.schemas.js';
import type { Job } from './domain/job.state.js';

export const jobKind: StreamKind<Job, JobCommand, JobEvent> = {
  schemas: jobSchemas,
  decider: jobDecider,
  whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
  isOneTrace: true,
  workerOf(command, job) {
    if (command.type === 'LeaseJob') return command.workerId;
    return 'leaseId' in command && 'lease' in job && job.lease.leaseId === command.leaseId ? job.lease.workerId : null;
  },
  weigh: (job) => 1000 + ('definition' in job ? (job.definition.payload?.length ?? 0) : 0),
};
