import type { EventSchemas } from '../../kernel/event-schemas.js';
import type { ScheduleNameEvent } from './schedule-name.events.js';
import type { ScheduleEvent } from './schedule.events.js';
import { scheduleCategory, scheduleNameCategory } from './schedule.stream.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const scheduleSchemas: EventSchemas<ScheduleEvent> = {
  category: scheduleCategory,
  versions: {
    ScheduleCreated: 2,
    ScheduleChanged: 2,
    SchedulePaused: 1,
    ScheduleResumed: 1,
    ScheduleRetimed: 1,
    ScheduleDeleted: 1,
    OccurrenceFired: 1,
    OccurrencesSkipped: 1,
    OccurrencesMissed: 1,
    OccurrenceBuffered: 1,
    OccurrenceRejected: 1,
    OccurrenceEnded: 1,
  },
  upcast: {
    ScheduleCreated: { 1: withDefinitionSchema },
    ScheduleChanged: { 1: withDefinitionSchema },
  },
};

export const scheduleNameSchemas: EventSchemas<ScheduleNameEvent> = {
  category: scheduleNameCategory,
  versions: { NameTaken: 1, NameFreed: 1 },
  upcast: {},
};

/** Until then definitions had no version: they were of the first. */
function withDefinitionSchema(data: object): object {
  const { rule } = data as { readonly rule: { readonly job: object } };
  return { ...data, rule: { ...rule, job: { ...rule.job, definitionSchema: 1 } } };
}
