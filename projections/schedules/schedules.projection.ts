import {
  type OccurrenceEnded,
  type ScheduleEvent,
  type ScheduleRule,
} from '../../src/schedules/domain/schedule.events.js';
import { exhaustive } from '../../src/kernel/exhaustive.js';
import { type Projection, type RowChange } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type OccurrenceRow, occurrences, type ScheduleRow, schedules } from './schedules.tables.js';

type Shown = Exclude<ScheduleEvent, OccurrenceEnded>;

/** Schedules as they stand, and what became of each of their ticks. */
export const schedulesProjection: Projection<Shown> = {
  name: 'schedules',
  version: 1,
  categories: ['schedule'],
  types: [
    'ScheduleCreated',
    'ScheduleChanged',
    'SchedulePaused',
    'ScheduleResumed',
    'ScheduleRetimed',
    'ScheduleDeleted',
    'OccurrenceFired',
    'OccurrencesSkipped',
    'OccurrencesMissed',
    'OccurrenceBuffered',
    'OccurrenceRejected',
  ],
  tables: [schedules, occurrences],
  lingerMs: 5,
  apply({ event: { type, data }, position }: Recorded<Shown>): readonly RowChange[] {
    const key = { schedule_id: data.scheduleId };
    switch (type) {
      case 'ScheduleCreated': {
        const { clientId, version, paused, createdAt, nextAt, rule } = data;
        const row = { client_id: clientId, version, paused, next_at: nextAt, created_position: position };
        return [
          schedules.insert({ ...key, ...row, ...ruleColumns(rule), created_at: createdAt, updated_at: createdAt }),
        ];
      }
      case 'ScheduleChanged': {
        const { version, nextAt, changedAt, rule } = data;
        return [schedules.update(key, { ...ruleColumns(rule), version, next_at: nextAt, updated_at: changedAt })];
      }
      case 'SchedulePaused':
        return [schedules.update(key, { paused: true, next_at: data.nextAt, updated_at: data.pausedAt })];
      case 'ScheduleResumed':
        return [schedules.update(key, { paused: false, next_at: data.nextAt, updated_at: data.resumedAt })];
      case 'ScheduleRetimed':
        return [schedules.update(key, { next_at: data.nextAt })];
      case 'ScheduleDeleted':
        return [schedules.delete(key)];
      case 'OccurrenceFired': {
        const { dueAt, jobId, reason, nextAt } = data;
        const row = { due_at: dueAt, trigger_id: reason === 'triggered' ? jobId : '', outcome: 'FIRED', reason };
        return [tick(data, { ...row, job_id: jobId }), schedules.update(key, { next_at: nextAt })];
      }
      case 'OccurrenceBuffered': {
        const row = { due_at: data.dueAt, trigger_id: '', outcome: 'BUFFERED', reason: 'overlap', job_id: null };
        return [tick(data, row), schedules.update(key, { next_at: data.nextAt })];
      }
      case 'OccurrenceRejected': {
        const { dueAt, jobId, isTriggered, reason } = data;
        const row = { due_at: dueAt, trigger_id: isTriggered ? jobId : '', outcome: 'SKIPPED', reason };
        return [tick(data, { ...row, job_id: null })];
      }
      case 'OccurrencesSkipped':
      case 'OccurrencesMissed': {
        const outcome = type === 'OccurrencesMissed' ? 'MISSED' : 'SKIPPED';
        const row = { trigger_id: '', outcome, reason: data.reason, job_id: null };
        const ticks = data.dueAts.map((dueAt) => tick(data, { ...row, due_at: dueAt }));
        return [...ticks, schedules.update(key, { next_at: data.nextAt })];
      }
      default:
        return exhaustive(type);
    }
  },
};

const tick = (
  data: { readonly scheduleId: string; readonly version: number },
  row: Omit<OccurrenceRow, 'schedule_id' | 'schedule_version'>,
): RowChange => occurrences.insert({ ...row, schedule_id: data.scheduleId, schedule_version: data.version });

type RuleColumns = Pick<
  ScheduleRow,
  'name' | 'cron' | 'timezone' | 'job' | 'payload' | 'missed' | 'overlap' | 'start_at' | 'end_at'
>;

const ruleColumns = ({ name, cron, timezone, job, missed, overlap, startAt, endAt }: ScheduleRule): RuleColumns => ({
  ...{ name, cron, timezone, missed, overlap },
  job: job.asked,
  payload: job.payload,
  start_at: startAt,
  end_at: endAt,
});
