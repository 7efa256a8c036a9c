import { arm, type Reaction, type Saga } from '../../kernel/saga.js';
import { ExpireQueueTime, ExpireTotalTime } from '../domain/job.commands.js';
import { type JobQueued } from '../domain/job.events.js';

/** No job waits longer than its client allows, and none takes longer altogether. */
export const waitingLimits: Saga<JobQueued> = {
  name: 'waiting-limits',
  categories: ['job'],
  types: ['JobQueued'],
  lingerMs: 100,
  // A timer that outlives its reason finds the job elsewhere and does nothing, which costs less than dropping it.
  react({ event: { data } }) {
    const { jobId, attempt, queueDeadlineAt, totalDeadlineAt } = data;
    const reactions: Reaction[] = [];
    if (queueDeadlineAt !== null)
      reactions.push(arm(`queue ${jobId}`, queueDeadlineAt, new ExpireQueueTime(jobId, attempt)));
    if (totalDeadlineAt !== null) reactions.push(arm(`total ${jobId}`, totalDeadlineAt, new ExpireTotalTime(jobId)));
    return reactions;
  },
};
