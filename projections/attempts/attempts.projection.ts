import {
  type AttemptFacts,
  type JobCanceled,
  type JobFailed,
  type JobSucceeded,
} from '../../src/jobs/domain/job.events.js';
import { type Projection, type RowChange } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { attempts } from './attempts.table.js';

/** Every attempt that ended, from the event that ended it: nothing is looked up, nothing changes later. */
export const attemptsProjection: Projection<JobSucceeded | JobFailed | JobCanceled> = {
  name: 'attempts',
  version: 1,
  categories: ['job'],
  types: ['JobSucceeded', 'JobFailed', 'JobCanceled'],
  tables: [attempts],
  lingerMs: 500,
  apply({ event, metadata }: Recorded<JobSucceeded | JobFailed | JobCanceled>): readonly RowChange[] {
    switch (event.type) {
      case 'JobSucceeded':
        return [ended(event.data, 'SUCCESS', null, true, metadata.at)];
      case 'JobFailed':
        return [ended(event.data, 'FAILED', event.data.reason, !event.data.willRetry, metadata.at)];
      case 'JobCanceled': {
        const { facts, reason } = event.data;
        // A job cancelled before it was ever queued had no attempt.
        return facts === null ? [] : [ended({ ...event.data, ...facts }, 'CANCELED', reason, true, metadata.at)];
      }
    }
  },
};

function ended(
  data: AttemptFacts & { jobId: string; clientId: string },
  outcome: 'SUCCESS' | 'FAILED' | 'CANCELED',
  reason: string | null,
  isFinal: boolean,
  finishedAt: number,
): RowChange {
  return attempts.insert({
    job_id: data.jobId,
    attempt: data.attempt,
    client_id: data.clientId,
    work_kind: data.workKind,
    queue: data.queue,
    schedule_id: data.scheduleId,
    worker_id: data.workerId,
    outcome,
    reason,
    is_final: isFinal,
    queued_at: data.queuedAt,
    assigned_at: data.assignedAt,
    started_at: data.startedAt,
    finished_at: finishedAt,
  });
}
