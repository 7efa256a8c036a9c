import { type StreamDefinition } from '../kernel/stream-definition.js';
import { keptDefinition } from '../jobs/domain/job.commands.js';
import { type JobDefinition } from '../jobs/domain/job.events.js';
import { derivedId } from '../platform/ids/ids.js';
import { CronCalendar } from './cron/cron-calendar.js';
import { type ScheduleNameCommand } from './domain/schedule-name.commands.js';
import { type ScheduleName, scheduleNameDecider } from './domain/schedule-name.decider.js';
import { type ScheduleNameEvent } from './domain/schedule-name.events.js';
import { type ScheduleCommand } from './domain/schedule.commands.js';
import { scheduleDecider } from './domain/schedule.decider.js';
import { type ScheduledJob, type ScheduleEvent } from './domain/schedule.events.js';
import { type Schedule } from './domain/schedule.state.js';

/** What an occurrence submits, but for the payload and the schedule's own id. */
export const definitionOf = ({ definition, definitionSchema }: ScheduledJob): Omit<JobDefinition, 'payload'> =>
  keptDefinition.read({ schema: definitionSchema, text: definition });

export const calendar = new CronCalendar();

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const scheduleStream: StreamDefinition<Schedule, ScheduleCommand, ScheduleEvent> = {
  category: 'schedule',
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
  decider: scheduleDecider({
    calendar,
    jobIdOf: (scheduleId, dueAt) => derivedId('occurrence', scheduleId, dueAt),
    currentDefinition: (job) => keptDefinition.write(definitionOf(job)).text,
  }),
  whenGone: { kind: 'conflict', code: 'RFA_SCHEDULE_CONFLICT' },
  weigh(schedule) {
    if (schedule.state !== 'LIVE') return 1000;
    const { rule, former, rejected } = schedule;
    return 1000 + (rule.job.payload?.length ?? 0) + former.length * 300 + rejected.length * 50;
  },
};

/** One stream per name of a client: which schedule holds it. */
export const scheduleNameStream: StreamDefinition<ScheduleName, ScheduleNameCommand, ScheduleNameEvent> = {
  category: 'schedulename',
  versions: { NameTaken: 1, NameFreed: 1 },
  upcast: {},
  decider: scheduleNameDecider,
  whenGone: { kind: 'conflict', code: 'RFA_SCHEDULE_CONFLICT' },
  weigh: () => 500,
};

export const scheduleNameId = (clientId: string, name: string): string => derivedId('schedule-name', clientId, name);

/** Until then definitions had no version: they were of the first. */
function withDefinitionSchema(data: object): object {
  const { rule } = data as { readonly rule: { readonly job: object } };
  return { ...data, rule: { ...rule, job: { ...rule.job, definitionSchema: 1 } } };
}
