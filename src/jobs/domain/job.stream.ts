import { type StreamDefinition } from '../../kernel/stream-definition.js';
import { type JobCommand } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { definitionSteps, type JobEvent } from './job.events.js';
import { type Job } from './job.state.js';
import { jobUpcasts } from './job.upcasts.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const jobStream: StreamDefinition<Job, JobCommand, JobEvent> = {
  category: 'job',
  versions: {
    JobCreated: 1 + definitionSteps.length,
    JobQueued: 1,
    JobAssigned: 1,
    JobStarted: 1,
    JobProgressed: 1,
    JobSucceeded: 1,
    JobFailed: 1,
    JobRetryScheduled: 1,
    JobRetriesExhausted: 1,
    JobCanceled: 2,
    JobErased: 1,
  },
  upcast: jobUpcasts,
  decider: jobDecider,
  whenGone: { kind: 'conflict', code: 'RFA_JOB_CONFLICT' },
  isOneTrace: true,
  workerOf(command, job) {
    if (command.type === 'LeaseJob') return command.workerId;
    return 'leaseId' in command && 'lease' in job && job.lease.leaseId === command.leaseId ? job.lease.workerId : null;
  },
  weigh: (job) => 1000 + ('definition' in job ? (job.definition.payload?.length ?? 0) : 0),
};
