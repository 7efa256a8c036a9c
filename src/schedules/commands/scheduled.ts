import type { Decided } from '../../engine/commands/streams.js';
import type { Position } from '../../kernel/recorded.js';
import type { ScheduleEvent } from '../domain/schedule.events.js';
import { type LiveSchedule, liveSchedule, type Schedule } from '../domain/schedule.state.js';

/** Where a command left its schedule. */
export interface Scheduled {
  readonly schedule: LiveSchedule;
  readonly position: Position | null;
}

export const scheduledFrom = (
  scheduleId: string,
  { state, position }: Decided<Schedule, ScheduleEvent>,
): Scheduled => ({
  schedule: liveSchedule(scheduleId, state),
  position,
});
