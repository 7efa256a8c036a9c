import { arm, drop, type Saga } from '../../kernel/saga.js';
import { QueueRetry } from '../domain/job.commands.js';
import { type JobQueued, type JobRetryScheduled } from '../domain/job.events.js';

/** A failed attempt is tried again when its backoff is over. */
export const retry: Saga<JobRetryScheduled | JobQueued> = {
  name: 'retry',
  categories: ['job'],
  types: ['JobRetryScheduled', 'JobQueued'],
  lingerMs: 20,
  react({ event: { type, data } }) {
    switch (type) {
      case 'JobRetryScheduled':
        return [arm(data.jobId, data.retryAt, new QueueRetry(data.jobId, data.attempt))];
      case 'JobQueued':
        return data.reason === 'retry' ? [drop(data.jobId)] : [];
    }
  },
};
