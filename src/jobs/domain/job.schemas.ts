import type { EventSchemas } from '../../kernel/event-schemas.js';
import type { JobEvent } from './job.events.js';
import { jobCategory } from './job.stream.js';
import { jobUpcasts } from './job.upcasts.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const jobSchemas: EventSchemas<JobEvent> = {
  category: jobCategory,
  versions: {
    JobCreated: 1,
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
};
