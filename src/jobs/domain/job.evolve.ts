import { type Instant } from '../../kernel/instant.js';
import { exhaustive } from '../../kernel/exhaustive.js';
import {
  type FailedReason,
  type JobAssigned,
  type JobCanceled,
  type JobCreated,
  type JobEvent,
  type JobFailed,
  type JobQueued,
  type JobStarted,
} from './job.events.js';
import {
  type Attempts,
  type Assigned,
  type Canceled,
  type Created,
  type Definition,
  type EndedLease,
  type Failed,
  type Job,
  type Queued,
  type Running,
  isHeld,
} from './job.state.js';

/** A stream holds an event that cannot follow the ones before it. No decision may be built on that. */
export class BrokenHistory extends Error {
  constructor(event: JobEvent, state: string) {
    super(`${event.type} cannot follow in job ${event.data.jobId}, which is ${state}.`);
  }
}

export function evolve(job: Job, event: JobCreated): Created;
export function evolve(job: Job, event: JobQueued): Queued;
export function evolve(job: Job, event: JobAssigned): Assigned;
export function evolve(job: Job, event: JobStarted): Running;
export function evolve(job: Job, event: JobFailed): Failed;
export function evolve(job: Job, event: JobEvent): Job;
export function evolve(job: Job, event: JobEvent): Job {
  switch (event.type) {
    case 'JobCreated':
      from(job, event, 'NONE');
      return created(event.data);
    case 'JobQueued':
      return queued(from(job, event, 'CREATED', 'ASSIGNED', 'FAILED'), event.data);
    case 'JobAssigned':
      return assigned(from(job, event, 'QUEUED'), event.data);
    case 'JobStarted':
      return running(from(job, event, 'ASSIGNED'), event.data);
    case 'JobProgressed': {
      const { percent, message, reportedAt } = event.data;
      const before = from(job, event, 'RUNNING');
      return { ...before, progress: { percent, message, reportedAt }, updatedAt: reportedAt };
    }
    case 'JobSucceeded': {
      const { definition, attempts, lease } = from(job, event, 'RUNNING');
      return {
        state: 'SUCCEEDED',
        definition: withoutPayload(definition),
        attempts: ended(attempts, lease.leaseId, 'succeeded'),
        updatedAt: event.data.finishedAt,
      };
    }
    case 'JobFailed':
      return failed(from(job, event, 'RUNNING'), event.data);
    case 'JobRetryScheduled': {
      const { attempt, retryAt } = event.data;
      return { ...from(job, event, 'FAILED'), pendingRetry: { attempt, retryAt } };
    }
    case 'JobRetriesExhausted':
      return from(job, event, 'FAILED');
    case 'JobCanceled':
      return canceled(from(job, event, 'CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING'), event.data);
    case 'JobErased':
      // What came before may have been cut from the stream, so any state may stand here.
      return { state: 'ERASED', clientId: event.data.clientId };
    default:
      return exhaustive(event);
  }
}

function from<State extends Job['state']>(
  job: Job,
  event: JobEvent,
  ...states: readonly State[]
): Extract<Job, { state: State }> {
  if (!(states as readonly string[]).includes(job.state)) throw new BrokenHistory(event, job.state);
  return job as Extract<Job, { state: State }>;
}

function created({ tags, callback, idempotencyKey, ...definition }: JobCreated['data']): Created {
  return { state: 'CREATED', definition, updatedAt: definition.createdAt };
}

function queued(job: Extract<Job, { state: 'CREATED' | 'ASSIGNED' | 'FAILED' }>, data: JobQueued['data']): Queued {
  const { attempt, queuedAt, queueDeadlineAt, totalDeadlineAt } = data;
  const before = attemptsBefore(job, data);
  return {
    state: 'QUEUED',
    definition: job.definition,
    attempts: {
      ...before,
      number: attempt,
      queueings: before.queueings + 1,
      queuedAt,
      notBefore: dueAtOf(job, queuedAt),
      queueDeadlineAt,
      totalDeadlineAt,
    },
    updatedAt: queuedAt,
  };
}

/** A retry that was asked for is queued before its time, and one that came at its time is not. */
function dueAtOf(job: Extract<Job, { state: 'CREATED' | 'ASSIGNED' | 'FAILED' }>, queuedAt: Instant): Instant | null {
  if (job.state === 'ASSIGNED') return job.attempts.notBefore;
  if (job.state === 'CREATED' || job.pendingRetry === null) return null;
  const { retryAt } = job.pendingRetry;
  return queuedAt >= retryAt ? retryAt : null;
}

const nothingTried = { charged: 0, queueings: 0, lostInARow: 0, interruptedInARow: 0, lastLease: null };

type Before = Omit<Attempts, 'number' | 'queuedAt' | 'notBefore' | 'queueDeadlineAt' | 'totalDeadlineAt'>;

function attemptsBefore(
  job: Extract<Job, { state: 'CREATED' | 'ASSIGNED' | 'FAILED' }>,
  data: JobQueued['data'],
): Before {
  switch (job.state) {
    case 'CREATED':
      return nothingTried;
    case 'ASSIGNED':
      return ended(job.attempts, job.lease.leaseId, data.reason === 'released' ? 'released' : 'expired');
    case 'FAILED':
      // A caller that asks for a retry after the end vouches for the job: streaks start anew, charges stay.
      return job.willRetry ? job.attempts : { ...job.attempts, lostInARow: 0, interruptedInARow: 0 };
    default:
      return exhaustive(job);
  }
}

function assigned({ definition, attempts }: Queued, data: JobAssigned['data']): Assigned {
  const { leaseId, workerId, leaseMs, assignedAt, expiresAt } = data;
  const lease = { leaseId, workerId, leaseMs, assignedAt, beganAt: expiresAt - leaseMs, expiresAt };
  return { state: 'ASSIGNED', definition, attempts, lease, updatedAt: assignedAt };
}

function running({ definition, attempts, lease }: Assigned, data: JobStarted['data']): Running {
  const { startedAt, deadlineAt, expiresAt } = data;
  return {
    state: 'RUNNING',
    definition,
    attempts,
    lease: { ...lease, expiresAt },
    startedAt,
    deadlineAt,
    progress: null,
    updatedAt: startedAt,
  };
}

const endOf: Readonly<Record<FailedReason, EndedLease['end']>> = {
  error: 'failed',
  definition_missing: 'failed',
  interrupted: 'released',
  timeout: 'expired',
  worker_lost: 'expired',
};

function failed({ definition, attempts, lease }: Running, data: JobFailed['data']): Failed {
  const { reason, charged, willRetry, finishedAt } = data;
  const streaks = wasDelivered(data)
    ? {
        lostInARow: reason === 'worker_lost' ? attempts.lostInARow + 1 : 0,
        interruptedInARow: reason === 'interrupted' ? attempts.interruptedInARow + 1 : 0,
      }
    : {};
  return {
    state: 'FAILED',
    definition,
    attempts: {
      ...ended(attempts, lease.leaseId, endOf[reason]),
      charged: attempts.charged + (charged ? 1 : 0),
      ...streaks,
    },
    willRetry,
    pendingRetry: null,
    updatedAt: finishedAt,
  };
}

/** What no worker was given says nothing of the job, so it neither adds to a streak nor ends one. */
const wasDelivered = ({ reason, error }: JobFailed['data']): boolean =>
  reason !== 'interrupted' || error.code !== 'undelivered';

function canceled(job: Created | Queued | Assigned | Running, { finishedAt }: JobCanceled['data']): Canceled {
  return {
    state: 'CANCELED',
    definition: withoutPayload(job.definition),
    attempts: attemptsOfCanceled(job),
    updatedAt: finishedAt,
  };
}

function attemptsOfCanceled(job: Created | Queued | Assigned | Running): Attempts | null {
  if (job.state === 'CREATED') return null;
  return isHeld(job) ? ended(job.attempts, job.lease.leaseId, 'canceled') : job.attempts;
}

const ended = (attempts: Attempts, leaseId: string, end: EndedLease['end']): Attempts => ({
  ...attempts,
  lastLease: { leaseId, end },
});

/** Nothing runs it again, so the cache need not hold its bytes. */
const withoutPayload = (definition: Definition): Definition => ({ ...definition, payload: null });
