import { instant, pageOf, shape, text, uuid, yes } from '../../platform/http/openapi/answer-schemas.js';
import { publishedOccurrence, scheduleSchema } from '../queries/schedule.response.js';

export const schedulePageSchema = pageOf('SchedulePage', scheduleSchema);

export const nextTicksSchema = pageOf(
  'NextTicks',
  shape('NextTick', {
    due_at: instant,
    local_time: text,
  }),
);

export const occurrencePageSchema = pageOf('OccurrencePage', publishedOccurrence.schema);

export const triggeredSchema = shape('TriggeredSchedule', { schedule_id: uuid, job_id: uuid });
export const deletedScheduleSchema = shape('DeletedSchedule', { deleted: yes });
