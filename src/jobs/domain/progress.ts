import type { Instant } from '../../kernel/instant.js';
import type { ReportProgress } from './job.commands.js';
import type { JobEvent } from './job.events.js';
import type { Job, Progress } from './job.state.js';
import { heldUnder } from './lease.js';

/** A job's history keeps at most one step of progress in this time, however often its worker reports. */
const betweenReportsMs = 1_000;

export function report(command: ReportProgress, job: Job, at: Instant): readonly JobEvent[] {
  const { jobId, leaseId, percent, message } = command;
  const held = heldUnder(leaseId, jobId, job);
  if (held.state === 'ASSIGNED' || !isWorthKeeping(command, held.progress, at)) return [];
  const { clientId } = held.definition;
  const attempt = held.attempts.number;
  return [{ type: 'JobProgressed', data: { jobId, clientId, attempt, leaseId, percent, message, reportedAt: at } }];
}

function isWorthKeeping({ percent, message }: ReportProgress, last: Progress | null, at: Instant): boolean {
  if (last === null) return percent !== null || message !== null;
  if (percent === last.percent && message === last.message) return false;
  // The last step is worth showing at once; a second last step is not.
  return at - last.reportedAt >= betweenReportsMs || (percent === 100 && last.percent !== 100);
}
