import { type ReadyJob } from '../../dispatch/ready-jobs.js';
import { StorageUnavailable } from '../../engine/commands/storage.refusals.js';
import { type Decided } from '../../engine/commands/streams.js';
import { type Instant } from '../../kernel/instant.js';
import { Refusal } from '../../kernel/refusal.js';
import { LeaseJob } from '../domain/job.commands.js';
import { type JobEvent } from '../domain/job.events.js';
import { isHeld, type Job } from '../domain/job.state.js';
import { type LeasedJob, type LeaseRequest } from './lease-request.js';

/** A ready job that is to be leased for a request. */
export interface Offer {
  readonly job: ReadyJob;
  readonly request: number;
  readonly command: LeaseJob;
}

/** A node whose clock is far behind keeps a job from the others no longer than this. */
const maxPauseMs = 1_000;
/** Others write to the stream, or the log does not answer: not at once again. */
const contendedPauseMs = 100;
/** A stream that cannot be read is tried again, but is not to hold up the claims of others. */
const faultyPauseMs = 5_000;

/** Offers ready jobs to requests, first come, first served: each is filled before the next gets anything. */
export function offersOf(
  ready: readonly ReadyJob[],
  requests: readonly LeaseRequest[],
  newId: () => string,
): readonly Offer[] {
  const offers: Offer[] = [];
  let request = 0;
  let given = 0;
  for (const job of ready) {
    while (given >= (requests[request]?.most ?? Infinity)) {
      request += 1;
      given = 0;
    }
    const asking = requests[request];
    if (asking === undefined) break;
    const { workerId, leaseMs, start, cause } = asking;
    const command = new LeaseJob(job.jobId, newId(), workerId, leaseMs, start, job.attempt);
    offers.push({ job, request, command: command.because({ ...cause, commandId: command.leaseId }) });
    given += 1;
  }
  return offers;
}

/** Says for how long a job that was not leased is left alone; null where it has moved on, and the projection says so too. */
export function pauseAfter(answer: Error | undefined, now: Instant): number | null {
  if (!(answer instanceof Refusal)) return faultyPauseMs;
  if (!answer.passes) return null;
  if (answer.kind !== 'untimely') return contendedPauseMs;
  if (answer.until === null) return maxPauseMs;
  return Math.min(maxPauseMs, Math.max(1, answer.until - now));
}

/** The job as its worker gets it; null where another lease holds it. */
export function leasedAs(
  { state, streamState, position }: Decided<Job, JobEvent>,
  { jobId }: ReadyJob,
  leaseId: string,
): LeasedJob | null {
  if (!isHeld(state) || state.lease.leaseId !== leaseId) return null;
  const { definition, lease, attempts } = state;
  return {
    leaseId,
    jobId,
    clientId: definition.clientId,
    attempt: attempts.number,
    workKind: definition.workKind,
    payload: definition.payload,
    queue: definition.queue,
    executionTimeoutMs: definition.timeouts.executionMs,
    leaseExpiresAt: lease.expiresAt,
    traceparent: streamState.traceparent,
    position,
  };
}

/** Adds up what the payloads of jobs have to carry. */
export const charactersOf = (jobs: readonly LeasedJob[]): number =>
  jobs.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);

export const leaseOf = ({ job: { jobId }, command: { leaseId } }: Offer) => ({ jobId, leaseId });

/** Whether a lease may be in the log: only a refusal that is none of the log's says for certain that nothing was appended. */
export const mayHaveLeased = (answer: Error | undefined): boolean =>
  answer instanceof StorageUnavailable || !(answer instanceof Refusal);
