import { type EndedAttempt } from '../../src/jobs/domain/attempt.view.js';
import { type JobOutcome } from '../../src/jobs/domain/job.events.js';
import { boolean, bytewise, integer, orNull, Table, text, timestamptz, uuid, word } from '../../src/kernel/table.js';

/** One row per attempt that ended: what reports over many jobs are made of. Written once, never changed. */
export const attempts = new Table(
  'attempts',
  ['job_id', 'attempt'],
  {
    job_id: uuid,
    attempt: integer,
    client_id: uuid,
    work_kind: bytewise(),
    queue: bytewise(),
    schedule_id: orNull(uuid),
    worker_id: orNull(text),
    outcome: word<JobOutcome>(),
    reason: orNull(word<NonNullable<EndedAttempt['reason']>>()),
    /** Whether the job was over with it, unless it was retried by hand later. */
    is_final: boolean,
    queued_at: timestamptz,
    assigned_at: orNull(timestamptz),
    started_at: orNull(timestamptz),
    finished_at: timestamptz,
  },
  { indexes: { attempts_by_end: { on: ['client_id', 'finished_at'] } } },
);
