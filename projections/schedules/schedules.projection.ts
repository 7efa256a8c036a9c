import {
  type OccurrenceEnded,
  type ScheduleCreated,
  type ScheduleDeleted,
  type ScheduleEvent,
} from '../../src/schedules/domain/schedule.events.js';
import { changesBy, created, viewOf, viewOfChanges } from '../../src/schedules/domain/schedule.view.js';
import { type Projection } from '../../src/kernel/projection.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { type RowChange } from '../../src/kernel/row-change.js';
import { type OccurrenceRow, occurrences, schedules } from './schedules.table.js';

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
  apply({ event, position }: Recorded<Shown>): readonly RowChange[] {
    switch (event.type) {
      case 'ScheduleCreated':
        return [schedules.insert({ ...viewOf(created(event)), createdPosition: position })];
      case 'ScheduleDeleted':
        return [schedules.delete({ scheduleId: event.data.scheduleId })];
      default: {
        const { scheduleId } = event.data;
        const changes = viewOfChanges(changesBy(event));
        const update = Object.keys(changes).length === 0 ? [] : [schedules.update({ scheduleId }, changes)];
        return [...ticksOf(event), ...update];
      }
    }
  },
};

/** What becomes of ticks, as the ledger says it. */
function ticksOf({ type, data }: Exclude<Shown, ScheduleCreated | ScheduleDeleted>): readonly RowChange[] {
  switch (type) {
    case 'OccurrenceFired': {
      const { dueAt, jobId, reason } = data;
      const triggerId = reason === 'triggered' ? jobId : '';
      return [tick(data, { dueAt, triggerId, outcome: 'FIRED', reason, jobId })];
    }
    case 'OccurrenceBuffered':
      return [tick(data, { dueAt: data.dueAt, triggerId: '', outcome: 'BUFFERED', reason: 'overlap', jobId: null })];
    case 'OccurrenceRejected': {
      const { dueAt, jobId, isTriggered, reason } = data;
      const triggerId = isTriggered ? jobId : '';
      return [tick(data, { dueAt, triggerId, outcome: 'SKIPPED', reason, jobId: null })];
    }
    case 'OccurrencesSkipped':
    case 'OccurrencesMissed': {
      const outcome = type === 'OccurrencesMissed' ? 'MISSED' : 'SKIPPED';
      const { reason } = data;
      return data.dueAts.map((dueAt) => tick(data, { dueAt, triggerId: '', outcome, reason, jobId: null }));
    }
    default:
      return [];
  }
}

const tick = (
  { scheduleId, version }: { readonly scheduleId: string; readonly version: number },
  row: Omit<OccurrenceRow, 'scheduleId' | 'scheduleVersion'>,
): RowChange => occurrences.insert({ ...row, scheduleId, scheduleVersion: version });
