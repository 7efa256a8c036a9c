import { Command } from '../../kernel/message.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';

export type ScheduleNameCommand = TakeName | FreeName;

/** Holds a name of a client for one schedule, before the schedule itself is written. */
export class TakeName extends Command {
  readonly type = 'TakeName';
  constructor(
    readonly clientId: string,
    readonly name: string,
    readonly scheduleId: string,
  ) {
    super();
  }
}

export class FreeName extends Command {
  readonly type = 'FreeName';
  constructor(
    readonly clientId: string,
    readonly name: string,
    readonly scheduleId: string,
  ) {
    super();
  }
}

/** Frees a name that its schedule does not bear: any more, or some time after it was taken for it. */
export class FreeUnusedName extends Command<TimerAnswer> {
  readonly type = 'FreeUnusedName';
  constructor(
    readonly clientId: string,
    readonly name: string,
    readonly scheduleId: string,
  ) {
    super();
  }
}
