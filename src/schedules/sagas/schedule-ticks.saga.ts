import { exhaustive } from '../../kernel/exhaustive.js';
import { type Instant } from '../../kernel/instant.js';
import { arm, drop, type Reaction, type Saga } from '../../kernel/saga.js';
import { FireDue } from '../domain/schedule.commands.js';
import { type OccurrenceEnded, type OccurrenceRejected, type ScheduleEvent } from '../domain/schedule.events.js';

/** Ticks of a pause only have to be written down, so several may come together. */
const pausedLingerMs = 5_000;

/** Every live schedule has one timer, at its next tick. */
export const scheduleTicks: Saga<Exclude<ScheduleEvent, OccurrenceEnded | OccurrenceRejected>> = {
  name: 'schedule-ticks',
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
  ],
  react({ event: { type, data } }) {
    switch (type) {
      case 'ScheduleDeleted':
        return [drop(data.scheduleId)];
      case 'ScheduleCreated':
      case 'ScheduleRetimed':
        return [tickOf(data.scheduleId, data.nextAt, data.paused)];
      case 'ScheduleChanged':
        return [tickOf(data.scheduleId, data.nextAt, data.paused && !isBefore(data.nextAt, data.changedAt))];
      case 'SchedulePaused':
        return [tickOf(data.scheduleId, data.nextAt, !isBefore(data.nextAt, data.pausedAt))];
      case 'ScheduleResumed':
      case 'OccurrencesMissed':
      case 'OccurrenceBuffered':
        return [tickOf(data.scheduleId, data.nextAt, false)];
      case 'OccurrencesSkipped':
        // What had been buffered is no new tick; its timer stands as it is.
        return data.reason === 'deleted' ? [] : [tickOf(data.scheduleId, data.nextAt, data.reason === 'paused')];
      case 'OccurrenceFired':
        return data.reason === 'triggered' || data.reason === 'buffered'
          ? []
          : [tickOf(data.scheduleId, data.nextAt, false)];
      default:
        return exhaustive(type);
    }
  },
};

/** A tick that was due before its schedule changed: it is not accounted for, and not one of the pause. */
const isBefore = (tick: Instant | null, changedAt: Instant): boolean => tick !== null && tick <= changedAt;

function tickOf(scheduleId: string, nextAt: Instant | null, isPaused: boolean): Reaction {
  if (nextAt === null) return drop(scheduleId);
  return arm(scheduleId, isPaused ? nextAt + pausedLingerMs : nextAt, new FireDue(scheduleId));
}
