import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { type JobCreated } from './job.events.js';
import { JobNotFound } from './job.refusals.js';

/** Where a job stands, with what later decisions and the answer to a lease need. Plain JSON, because it is cached. */
export type Job = None | Created | Queued | Assigned | Running | Succeeded | Failed | Canceled | Erased;

/** A job that was created and not erased. */
type ExistingJob = Exclude<Job, None | Erased>;

/** A job that a worker holds. */
export type Held = Assigned | Running;

/** What was asked for. `payload` is null once nothing can run the job again. */
export type Definition = Omit<JobCreated['data'], 'tags' | 'callback' | 'idempotencyKey'>;

/** What has been tried so far. */
export type Attempts = Readonly<{
  /** Number of the current attempt, from 1. */
  number: number;
  /** How many have been charged against `maxAttempts`. */
  charged: number;
  /** How often it has been queued, whatever for. */
  queueings: number;
  lostInARow: number;
  interruptedInARow: number;
  queuedAt: Instant;
  /** When the retry that queued it was due, so that a clock that is set back afterwards makes it wait; null for any other. */
  notBefore: Instant | null;
  queueDeadlineAt: Instant | null;
  totalDeadlineAt: Instant | null;
  /** The last lease that is over: distinguishes a repeat from a worker that lost its lease. */
  lastLease: EndedLease | null;
}>;

export type EndedLease = Readonly<{
  leaseId: string;
  end: 'succeeded' | 'failed' | 'released' | 'expired' | 'canceled';
}>;

type Lease = Readonly<{
  leaseId: string;
  workerId: string;
  leaseMs: number;
  assignedAt: Instant;
  /** By the clock that says what is due; `assignedAt` is ahead of it after that one was set back. */
  beganAt: Instant;
  /** By the events alone; heartbeats move it on elsewhere, never back. */
  expiresAt: Instant;
}>;

export type Progress = Readonly<{ percent: number | null; message: string | null; reportedAt: Instant }>;

type Base<State extends string> = Readonly<{ state: State; definition: Definition; updatedAt: Instant }>;
type Tried<State extends string> = Base<State> & Readonly<{ attempts: Attempts }>;

type None = Readonly<{ state: 'NONE' }>;
export type Created = Base<'CREATED'>;
export type Queued = Tried<'QUEUED'>;
export type Assigned = Tried<'ASSIGNED'> & Readonly<{ lease: Lease }>;
export type Running = Tried<'RUNNING'> &
  Readonly<{ lease: Lease; startedAt: Instant; deadlineAt: Instant; progress: Progress | null }>;
type Succeeded = Tried<'SUCCEEDED'>;
export type Failed = Tried<'FAILED'> &
  Readonly<{
    willRetry: boolean;
    /** The automatic retry that is due; null when the failure is final, or queued again at once. */
    pendingRetry: Readonly<{ attempt: number; retryAt: Instant }> | null;
  }>;
/** `attempts` is null when it was never queued. */
export type Canceled = Base<'CANCELED'> & Readonly<{ attempts: Attempts | null }>;
type Erased = Readonly<{ state: 'ERASED'; clientId: string }>;

export const isExisting = (job: Job): job is ExistingJob => job.state !== 'NONE' && job.state !== 'ERASED';

export const isHeld = (job: Job): job is Held => job.state === 'ASSIGNED' || job.state === 'RUNNING';

/** Whether nothing will happen to it by itself any more. */
export function isOver(job: ExistingJob): boolean {
  switch (job.state) {
    case 'SUCCEEDED':
    case 'CANCELED':
      return true;
    case 'FAILED':
      return job.pendingRetry === null;
    case 'CREATED':
    case 'QUEUED':
    case 'ASSIGNED':
    case 'RUNNING':
      return false;
    default:
      return exhaustive(job);
  }
}

/** An erased job answers as one that never was. */
export function existingJob(jobId: string, job: Job): ExistingJob {
  if (!isExisting(job)) throw new JobNotFound(jobId);
  return job;
}
