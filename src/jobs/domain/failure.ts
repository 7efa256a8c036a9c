import { type Instant } from '../../kernel/instant.js';
import { retryDelayMs } from './backoff.js';
import { factsOf } from './ending.js';
import { evolve } from './job.evolve.js';
import { type ExhaustedReason, type FailedReason, type JobError, type JobEvent, type JobFailed } from './job.events.js';
import { type Failed, type Running } from './job.state.js';
import { maxQueueings, queueNextAttempt } from './queueing.js';

/** So many workers lost in a row, and the job is taken for what kills them. */
const maxLostInARow = 3;
/** So many interruptions in a row are free of charge. */
const maxInterruptedInARow = 10;

type Failure = Readonly<{
  reason: FailedReason;
  retryable: boolean;
  error: JobError;
  retryAfterMs: number | null;
  jitter: number;
}>;

/** The end of an attempt that the log says was started, but that no worker was given. */
const undeliveredCode = 'undelivered';
export const undelivered: Failure = {
  reason: 'interrupted',
  retryable: true,
  error: { code: undeliveredCode, message: 'No worker was given the lease.' },
  retryAfterMs: null,
  jitter: 0,
};

type Sequel = 'end' | 'queue' | 'schedule' | ExhaustedReason;

/** The end of an attempt that did not succeed, and what follows from it. */
export function fail(job: Running, failure: Failure, at: Instant, due: Instant): readonly JobEvent[] {
  const { reason, retryable, error } = failure;
  const { jobId, clientId } = job.definition;
  const charged = isCharged(job, failure);
  const sequel = sequelTo(job, failure, charged);
  const willRetry = sequel === 'queue' || sequel === 'schedule';
  const failed: JobFailed = {
    type: 'JobFailed',
    data: { jobId, clientId, ...factsOf(job), reason, retryable, charged, error, willRetry, finishedAt: at },
  };
  return [failed, ...eventsOf(sequel, evolve(job, failed), failure, at, due)];
}

/** So many interruptions may be the job's own doing; a lease that reached no worker never is. */
function isCharged({ attempts }: Running, { reason, error }: Failure): boolean {
  if (reason !== 'interrupted') return true;
  return error.code !== undeliveredCode && attempts.interruptedInARow >= maxInterruptedInARow;
}

function sequelTo({ definition, attempts }: Running, { reason, retryable }: Failure, charged: boolean): Sequel {
  if (!retryable) return 'end';
  if (reason === 'worker_lost' && attempts.lostInARow + 1 >= maxLostInARow) return 'worker_lost';
  if (charged && attempts.charged + 1 >= definition.retry.maxAttempts) return 'attempts_used_up';
  if (attempts.queueings >= maxQueueings) return 'requeue_limit';
  return charged ? 'schedule' : 'queue';
}

function eventsOf(sequel: Sequel, job: Failed, failure: Failure, at: Instant, due: Instant): readonly JobEvent[] {
  const { jobId, clientId, retry } = job.definition;
  const { number, charged } = job.attempts;
  switch (sequel) {
    case 'end':
      return [];
    case 'queue':
      return queueNextAttempt(job, null, at, due);
    case 'schedule': {
      const retryAt = due + retryDelayMs(retry, charged, failure.retryAfterMs, failure.jitter);
      return [{ type: 'JobRetryScheduled', data: { jobId, clientId, attempt: number + 1, retryAt } }];
    }
    default:
      return [{ type: 'JobRetriesExhausted', data: { jobId, clientId, attempt: number, reason: sequel } }];
  }
}
