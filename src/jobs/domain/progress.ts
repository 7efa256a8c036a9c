import { type Instant } from '../../kernel/instant.js';
import { type RecordProgress, type ReportProgress } from './job.commands.js';
import { type JobEvent } from './job.events.js';
import { type Held, type Job, type Progress } from './job.state.js';
import { heldUnder } from './lease.js';

/** A job's history keeps at most one step of progress in this time, however often its worker reports. */
export const betweenReportsMs = 1_000;

export function report(command: ReportProgress, job: Job, at: Instant): readonly JobEvent[] {
  const { jobId, leaseId, percent, message } = command;
  const held = heldUnder(leaseId, jobId, job);
  if (held.state === 'ASSIGNED' || !isWorthKeeping(command, held.progress, at)) return [];
  return [progressed(held, { percent, message }, at)];
}

/** Whatever was written since the step that it follows is newer. */
export function record(
  { leaseId, percent, message, after }: RecordProgress,
  job: Job,
  at: Instant,
): readonly JobEvent[] {
  if (job.state !== 'RUNNING' || job.lease.leaseId !== leaseId || job.progress?.reportedAt !== after) return [];
  if (percent === job.progress.percent && message === job.progress.message) return [];
  return [progressed(job, { percent, message }, at)];
}

function progressed(
  { definition: { jobId, clientId }, attempts, lease: { leaseId } }: Held,
  { percent, message }: Pick<Progress, 'percent' | 'message'>,
  at: Instant,
): JobEvent {
  const attempt = attempts.number;
  return { type: 'JobProgressed', data: { jobId, clientId, attempt, leaseId, percent, message, reportedAt: at } };
}

function isWorthKeeping({ percent, message }: ReportProgress, last: Progress | null, at: Instant): boolean {
  if (last === null) return percent !== null || message !== null;
  if (percent === last.percent && message === last.message) return false;
  // The last step is worth showing at once; a second last step is not.
  // A step that is stamped ahead by far was written by a node that goes on after the database's clock was set back.
  return Math.abs(at - last.reportedAt) >= betweenReportsMs || (percent === 100 && last.percent !== 100);
}
