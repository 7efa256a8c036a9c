import { RawJson } from '../../platform/http/json/raw-json.js';
import { type ExistingSchedule } from '../domain/schedule.state.js';

/** A schedule as the wire shows it. */
export interface ScheduleAnswer {
  readonly schedule_id: string;
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly job: object;
  readonly missed: string;
  readonly overlap: string;
  readonly start_at: string | null;
  readonly end_at: string | null;
  readonly paused: boolean;
  readonly version: number;
  /** Null while it is paused, and when it is over. */
  readonly next_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row of `forgerun_read.schedules` as pg gives it. */
export interface ScheduleRecord {
  readonly schedule_id: string;
  readonly client_id: string;
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly job: string;
  readonly payload: string | null;
  readonly missed: string;
  readonly overlap: string;
  readonly start_at: Date | null;
  readonly end_at: Date | null;
  readonly paused: boolean;
  readonly version: number;
  readonly next_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly created_position: string;
}

/** A row of `forgerun_read.schedule_occurrences` as pg gives it. */
export interface OccurrenceRecord {
  readonly due_at: Date;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
  readonly schedule_version: number;
  readonly trigger_id: string;
}

export interface OccurrenceAnswer {
  readonly due_at: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
  readonly schedule_version: number;
}

export function answerFromState({ rule, ...schedule }: ExistingSchedule): ScheduleAnswer {
  return {
    schedule_id: schedule.scheduleId,
    name: rule.name,
    cron: rule.cron,
    timezone: rule.timezone,
    job: jobOf(rule.job.asked, rule.job.payload),
    missed: rule.missed,
    overlap: rule.overlap,
    start_at: isoOrNull(rule.startAt),
    end_at: isoOrNull(rule.endAt),
    paused: schedule.paused,
    version: schedule.version,
    next_at: schedule.paused ? null : isoOrNull(schedule.nextAt),
    created_at: isoOf(schedule.createdAt),
    updated_at: isoOf(schedule.updatedAt),
  };
}

export function answerFromRecord(row: ScheduleRecord): ScheduleAnswer {
  return {
    schedule_id: row.schedule_id,
    name: row.name,
    cron: row.cron,
    timezone: row.timezone,
    job: jobOf(row.job, row.payload),
    missed: row.missed,
    overlap: row.overlap,
    start_at: row.start_at?.toISOString() ?? null,
    end_at: row.end_at?.toISOString() ?? null,
    paused: row.paused,
    version: row.version,
    next_at: row.paused ? null : (row.next_at?.toISOString() ?? null),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

export const occurrenceAnswer = (row: OccurrenceRecord): OccurrenceAnswer => ({
  due_at: row.due_at.toISOString(),
  outcome: row.outcome,
  reason: row.reason,
  job_id: row.job_id,
  schedule_version: row.schedule_version,
});

const isoOf = (instant: number): string => new Date(instant).toISOString();
const isoOrNull = (instant: number | null): string | null => (instant === null ? null : isoOf(instant));

/** The job as it was asked for, its payload as the text it came in. */
const jobOf = (asked: string, payload: string | null): object => ({
  ...(JSON.parse(asked) as object),
  ...(payload === null ? {} : { payload: RawJson.of(payload) }),
});
