import { type JobCanceled, type JobFailed, type JobSucceeded } from '../../jobs/domain/job.events.js';
import { type Saga, send } from '../../kernel/saga.js';
import { RecordOccurrenceEnded } from '../domain/schedule.commands.js';

/** A schedule learns when the job of one of its occurrences is over, so that the next one need not wait for ever. */
export const endedOccurrences: Saga<JobSucceeded | JobFailed | JobCanceled> = {
  name: 'ended-occurrences',
  categories: ['job'],
  types: ['JobSucceeded', 'JobFailed', 'JobCanceled'],
  react({ event: { type, data } }) {
    if (data.scheduleId === null || (type === 'JobFailed' && data.willRetry)) return [];
    return [send(new RecordOccurrenceEnded(data.scheduleId, data.jobId))];
  },
};
