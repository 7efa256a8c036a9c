import {
  anyObject,
  flag,
  instant,
  nullable,
  oneOf,
  pageOf,
  shape,
  text,
  uuid,
  yes,
} from '../../platform/http/openapi/answer-schemas.js';

const version = { type: 'integer', minimum: 1 };

export const scheduleSchema = shape('Schedule', {
  schedule_id: uuid,
  name: text,
  cron: text,
  timezone: text,
  job: anyObject,
  missed: oneOf('skip', 'fire_once', 'fire_all'),
  overlap: oneOf('allow', 'skip', 'buffer_one', 'cancel_previous'),
  start_at: nullable(instant),
  end_at: nullable(instant),
  paused: flag,
  version,
  next_at: nullable(instant),
  created_at: instant,
  updated_at: instant,
});

export const schedulePageSchema = pageOf('SchedulePage', scheduleSchema);

export const nextTicksSchema = pageOf(
  'NextTicks',
  shape('NextTick', {
    due_at: instant,
    local_time: text,
  }),
);

export const occurrencePageSchema = pageOf(
  'OccurrencePage',
  shape('Occurrence', {
    due_at: instant,
    outcome: oneOf('FIRED', 'SKIPPED', 'MISSED', 'BUFFERED'),
    reason: nullable(
      oneOf('late', 'buffered', 'triggered', 'overlap', 'buffer_full', 'queue_full', 'paused', 'deleted'),
    ),
    job_id: nullable(uuid),
    schedule_version: version,
  }),
);

export const triggeredSchema = shape('TriggeredSchedule', { schedule_id: uuid, job_id: uuid });
export const deletedScheduleSchema = shape('DeletedSchedule', { deleted: yes });
