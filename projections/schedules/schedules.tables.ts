import { Table } from '../../src/kernel/projection.js';

/** One row per schedule that is not deleted. */
export type ScheduleRow = {
  schedule_id: string;
  client_id: string;
  name: string;
  cron: string;
  timezone: string;
  /** The job as it was asked for, JSON, without its payload. */
  job: string;
  payload: string | null;
  missed: string;
  overlap: string;
  start_at: number | null;
  end_at: number | null;
  paused: boolean;
  version: number;
  next_at: number | null;
  created_at: number;
  updated_at: number;
  /** Position of its ScheduleCreated: the order of the list. */
  created_position: bigint;
};

export const schedules = new Table<ScheduleRow>('schedules', ['schedule_id'], {
  schedule_id: 'uuid',
  client_id: 'uuid',
  name: 'text',
  cron: 'text',
  timezone: 'text',
  job: 'text',
  payload: 'text',
  missed: 'text',
  overlap: 'text',
  start_at: 'timestamptz',
  end_at: 'timestamptz',
  paused: 'boolean',
  version: 'integer',
  next_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  created_position: 'numeric',
});

/** One row per tick that is accounted for, and one per occurrence that was triggered by hand. */
export type OccurrenceRow = {
  schedule_id: string;
  due_at: number;
  /** Distinguishes what was triggered from the tick of the same moment; empty for ticks. */
  trigger_id: string;
  outcome: string;
  reason: string | null;
  job_id: string | null;
  schedule_version: number;
};

export const occurrences = new Table<OccurrenceRow>('schedule_occurrences', ['schedule_id', 'due_at', 'trigger_id'], {
  schedule_id: 'uuid',
  due_at: 'timestamptz',
  trigger_id: 'text',
  outcome: 'text',
  reason: 'text',
  job_id: 'uuid',
  schedule_version: 'integer',
});
