import { arm, drop, type Saga } from '../../kernel/saga.js';
import { QueueDueJob } from '../domain/job.commands.js';
import { type JobCanceled, type JobCreated, type JobQueued } from '../domain/job.events.js';

/** A deferred job waits in CREATED until its time has come. */
export const deferral: Saga<JobCreated | JobQueued | JobCanceled> = {
  name: 'deferral',
  categories: ['job'],
  types: ['JobCreated', 'JobQueued', 'JobCanceled'],
  lingerMs: 20,
  react({ event: { type, data } }) {
    switch (type) {
      case 'JobCreated':
        return data.executionAt === null ? [] : [arm(data.jobId, data.executionAt, new QueueDueJob(data.jobId))];
      case 'JobQueued':
        return data.reason === 'due' ? [drop(data.jobId)] : [];
      case 'JobCanceled':
        return data.facts === null ? [drop(data.jobId)] : [];
    }
  },
};
