import {
  type FiredReason,
  type MissedPolicy,
  type OverlapPolicy,
  type RejectedReason,
  type SkippedReason,
} from '../../src/schedules/domain/schedule.events.js';
import {
  boolean,
  integer,
  jsonText,
  numeric,
  orNull,
  type RowOf,
  Table,
  text,
  timestamptz,
  uuid,
  word,
} from '../../src/kernel/table.js';

/** One row per schedule that is not deleted. */
export const schedules = new Table(
  'schedules',
  ['schedule_id'],
  {
    schedule_id: uuid,
    client_id: uuid,
    name: text,
    cron: text,
    timezone: text,
    /** The job as it was asked for, without its payload. */
    job: jsonText,
    payload: orNull(jsonText),
    missed: word<MissedPolicy>(),
    overlap: word<OverlapPolicy>(),
    start_at: orNull(timestamptz),
    end_at: orNull(timestamptz),
    paused: boolean,
    version: integer,
    next_at: orNull(timestamptz),
    created_at: timestamptz,
    updated_at: timestamptz,
    /** Position of its ScheduleCreated: the order of the list. */
    created_position: numeric,
  },
  { indexes: { schedules_by_client: { on: ['client_id', 'created_position'] } } },
);

export type ScheduleRow = RowOf<typeof schedules>;

type OccurrenceOutcome = 'FIRED' | 'SKIPPED' | 'MISSED' | 'BUFFERED';

/** One row per tick that is accounted for, and one per occurrence that was triggered by hand. */
export const occurrences = new Table('schedule_occurrences', ['schedule_id', 'due_at', 'trigger_id'], {
  schedule_id: uuid,
  due_at: timestamptz,
  /** Distinguishes what was triggered from the tick of the same moment; empty for ticks. */
  trigger_id: text,
  outcome: word<OccurrenceOutcome>(),
  reason: orNull(word<FiredReason | SkippedReason | RejectedReason>()),
  job_id: orNull(uuid),
  schedule_version: integer,
});

export type OccurrenceRow = RowOf<typeof occurrences>;
