import { type Decided } from '../../engine/commands/streams.js';
import { type ScheduleEvent } from '../domain/schedule.events.js';
import { type Scheduled } from '../domain/schedule.outcomes.js';
import { existingSchedule, type Schedule } from '../domain/schedule.state.js';

export const scheduledFrom = (
  scheduleId: string,
  { state, position }: Decided<Schedule, ScheduleEvent>,
): Scheduled => ({
  schedule: existingSchedule(scheduleId, state),
  position,
});
