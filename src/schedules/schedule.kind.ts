import type { StreamKind } from '../engine/commands/stream-kind.js';
import { type JobDefinition, keptDefinition } from '../jobs/domain/job.commands.js';
import { derivedId } from '../platform/ids/ids.js';
import { CronCalendar } from './cron/cron-calendar.js';
import type { ScheduleNameCommand } from './domain/schedule-name.commands.js';
import { type ScheduleName, scheduleNameDecider } from './domain/schedule-name.decider.js';
import type { ScheduleNameEvent } from './domain/schedule-name.events.js';
import type { ScheduleCommand } from './domain/schedule.commands.js';
import { scheduleDecider } from './domain/schedule.decider.js';
import type { ScheduledJob, ScheduleEvent } from './domain/schedule.events.js';
import { scheduleNameSchemas, scheduleSchemas } from './domain/schedule.schemas.js';
import type { Schedule } from './domain/schedule.state.js';

/** What an occurrence submits, but for the payload and the schedule's own id. */
export const definitionOf = ({ definition, definitionSchema }: ScheduledJob): Omit<JobDefinition, 'payload'> =>
  keptDefinition.read({ schema: definitionSchema, text: definition });

export const calendar = new CronCalendar();

export const scheduleKind: StreamKind<Schedule, ScheduleCommand, ScheduleEvent> = {
  schemas: scheduleSchemas,
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

export const scheduleNameKind: StreamKind<ScheduleName, ScheduleNameCommand, ScheduleNameEvent> = {
  schemas: scheduleNameSchemas,
  decider: scheduleNameDecider,
  whenGone: { kind: 'conflict', code: 'RFA_SCHEDULE_CONFLICT' },
  weigh: () => 500,
};

export const scheduleNameId = (clientId: string, name: string): string => derivedId('schedule-name', clientId, name);
