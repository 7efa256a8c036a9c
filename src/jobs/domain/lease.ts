import { type Instant } from '../../kernel/instant.js';
import { fail, undelivered } from './failure.js';
import { type ExpireLease, type LeaseJob, type ReleaseJob, type StartJob, type WithdrawLease } from './job.commands.js';
import { evolve } from './job.evolve.js';
import { type JobAssigned, type JobEvent, type JobStarted } from './job.events.js';
import { AttemptOver, JobConflict, JobUntimely, LeaseLost } from './job.refusals.js';
import { type Assigned, type EndedLease, type Held, type Job, type Queued, isHeld, existingJob } from './job.state.js';
import { queueSameAttempt } from './queueing.js';

export function lease(command: LeaseJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const { jobId, leaseId, workerId, leaseMs } = command;
  const known = existingJob(jobId, job);
  if (isHeld(known) && known.lease.leaseId === leaseId) return [];
  if (known.state !== 'QUEUED') throw new JobConflict(jobId, known.state, 'QUEUED');
  const { ofAttempt } = command;
  if (ofAttempt !== undefined && known.attempts.number !== ofAttempt) throw new AttemptOver(jobId, ofAttempt);
  refuseOutOfTime(known, due);
  // A lease id that comes back would let the worker that lost it finish the job.
  if (known.attempts.lastLease?.leaseId === leaseId) throw new LeaseLost(jobId, leaseId);
  const { clientId, queue, workKind } = known.definition;
  const attempt = known.attempts.number;
  const expiresAt = due + leaseMs;
  const assigned: JobAssigned = {
    type: 'JobAssigned',
    data: { jobId, clientId, attempt, queue, workKind, leaseId, workerId, leaseMs, assignedAt: at, expiresAt },
  };
  return command.start ? [assigned, started(evolve(known, assigned), at, due)] : [assigned];
}

/** A job is not due before `executionAt`, nor a retry before its time, and past its deadline it only waits for the timer that cancels it. */
function refuseOutOfTime({ definition: { jobId, executionAt }, attempts }: Queued, due: Instant): void {
  const { queueDeadlineAt, notBefore } = attempts;
  const dueAt = Math.max(executionAt ?? Number.NEGATIVE_INFINITY, notBefore ?? Number.NEGATIVE_INFINITY);
  if (due < dueAt) throw new JobUntimely(jobId, 'not_due', dueAt);
  if (queueDeadlineAt !== null && due >= queueDeadlineAt) throw new JobUntimely(jobId, 'past_deadline', null);
}

/** Whether the lease has run out is for ExpireLease to say: until then it counts. */
export function start({ jobId, leaseId }: StartJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const held = heldUnder(leaseId, jobId, job);
  return held.state === 'RUNNING' ? [] : [started(held, at, due)];
}

export function started({ definition, attempts, lease }: Assigned, at: Instant, due: Instant): JobStarted {
  const { jobId, clientId, queue, workKind, timeouts } = definition;
  const { leaseId, workerId, leaseMs } = lease;
  const deadlineAt = due + timeouts.executionMs;
  const expiresAt = Math.min(due + leaseMs, deadlineAt);
  const whose = { jobId, clientId, attempt: attempts.number, queue, workKind, leaseId, workerId, leaseMs };
  return { type: 'JobStarted', data: { ...whose, startedAt: at, expiresAt, deadlineAt } };
}

export function release(command: ReleaseJob, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  const { jobId, leaseId, reason, jitter } = command;
  if (hasEnded(leaseId, 'released', job)) return [];
  const held = heldUnder(leaseId, jobId, job);
  if (held.state === 'ASSIGNED') return queueSameAttempt(held, 'released', reason, at, due);
  const error = { code: 'interrupted', message: reason ?? 'Its worker handed it back.' };
  return fail(held, { reason: 'interrupted', retryable: true, error, retryAfterMs: null, jitter }, at, due);
}

/** Where nothing is held under the lease there is nothing to take back: it never came to be, or is over. */
export function withdraw({ leaseId }: WithdrawLease, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  if (!isHeld(job) || job.lease.leaseId !== leaseId) return [];
  return job.state === 'ASSIGNED'
    ? queueSameAttempt(job, 'released', undelivered.error.message, at, due)
    : fail(job, undelivered, at, due);
}

/** Ends a lease. Its timer comes only when no heartbeat has moved it on; what the events alone show is checked here. */
export function expire({ leaseId, jitter }: ExpireLease, job: Job, at: Instant, due: Instant): readonly JobEvent[] {
  // The timer races the worker; when the worker was first, there is nothing left to expire.
  if (!isHeld(job) || job.lease.leaseId !== leaseId || due < job.lease.expiresAt) return [];
  if (job.state === 'ASSIGNED') return queueSameAttempt(job, 'lease_expired', null, at, due);
  const { executionMs } = job.definition.timeouts;
  const reason = due >= job.deadlineAt ? 'timeout' : 'worker_lost';
  const message =
    reason === 'timeout'
      ? `It ran longer than ${executionMs} ms.`
      : `Worker ${job.lease.workerId} stopped sending heartbeats.`;
  return fail(job, { reason, retryable: true, error: { code: reason, message }, retryAfterMs: null, jitter }, at, due);
}

/** The job as this lease holds it, else `LeaseLost`: no worker but the holder of the one live lease changes a job. */
export function heldUnder(leaseId: string, jobId: string, job: Job): Held {
  const known = existingJob(jobId, job);
  if (!isHeld(known) || known.lease.leaseId !== leaseId) throw new LeaseLost(jobId, leaseId);
  return known;
}

/** Whether a command repeats what this lease has done already. */
export function hasEnded(leaseId: string, end: EndedLease['end'], job: Job): boolean {
  const last = 'attempts' in job ? job.attempts?.lastLease : undefined;
  return last?.leaseId === leaseId && last.end === end;
}
