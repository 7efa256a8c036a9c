import { endedAttemptIn } from '../../src/jobs/domain/attempt.view.js';
import { type JobCanceled, type JobFailed, type JobSucceeded } from '../../src/jobs/domain/job.events.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { attempts } from './attempts.table.js';

/** Every attempt that ended, from the event that ended it: nothing is looked up, nothing changes later. */
export const attemptsProjection: Projection<JobSucceeded | JobFailed | JobCanceled> = {
  name: 'attempts',
  version: 1,
  categories: ['job'],
  types: ['JobSucceeded', 'JobFailed', 'JobCanceled'],
  tables: [attempts],
  lingerMs: 500,
  apply({ event }: Recorded<JobSucceeded | JobFailed | JobCanceled>): readonly RowChange[] {
    const ended = endedAttemptIn(event);
    return ended === null ? [] : [attempts.insert(ended)];
  },
};
