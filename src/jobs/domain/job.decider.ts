import { type Decider } from '../../kernel/decider.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { cancel, expireQueueTime, expireTotalTime } from './cancel.js';
import { complete, failByWorker } from './finish.js';
import { type JobCommand } from './job.commands.js';
import { type JobEvent } from './job.events.js';
import { evolve } from './job.evolve.js';
import { type Job } from './job.state.js';
import { expire, lease, release, start, withdraw } from './lease.js';
import { record, report } from './progress.js';
import { queueRetry, retry } from './retry.js';
import { queueDue, submit } from './submit.js';

/** The life of one job. Commands of timers never refuse: one that comes too early or too late decides nothing. */
export const jobDecider: Decider<Job, JobCommand, JobEvent> = {
  initialState: { state: 'NONE' },
  decide,
  evolve,
};

function decide(command: JobCommand, job: Job, at: Instant, due: Instant = at): readonly JobEvent[] {
  switch (command.type) {
    case 'SubmitJob':
      return submit(command, job, at, due);
    case 'QueueDueJob':
      return queueDue(command, job, at, due);
    case 'LeaseJob':
      return lease(command, job, at, due);
    case 'StartJob':
      return start(command, job, at, due);
    case 'ReportProgress':
      return report(command, job, at);
    case 'RecordProgress':
      return record(command, job, at);
    case 'CompleteJob':
      return complete(command, job, at);
    case 'FailJob':
      return failByWorker(command, job, at, due);
    case 'ReleaseJob':
      return release(command, job, at, due);
    case 'WithdrawLease':
      return withdraw(command, job, at, due);
    case 'ExpireLease':
      return expire(command, job, at, due);
    case 'QueueRetry':
      return queueRetry(command, job, at, due);
    case 'RetryJob':
      return retry(command, job, at, due);
    case 'CancelJob':
      return cancel(command, job, at, due);
    case 'ExpireQueueTime':
      return expireQueueTime(command, job, at, due);
    case 'ExpireTotalTime':
      return expireTotalTime(command, job, at, due);
    default:
      return exhaustive(command);
  }
}
