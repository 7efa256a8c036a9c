import { type Position } from '../../kernel/recorded.js';
import { type ExistingSchedule } from './schedule.state.js';

/** Where a command left its schedule. */
export interface Scheduled {
  readonly schedule: ExistingSchedule;
  readonly position: Position | null;
}

/** Where a declaration left its schedule, and whether it made it. */
export interface Declared extends Scheduled {
  readonly isNew: boolean;
}
