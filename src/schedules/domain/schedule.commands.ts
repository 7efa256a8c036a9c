import { type Instant } from '../../kernel/instant.js';
import { Command } from '../../kernel/message.js';
import { type Outage } from '../../kernel/outage.js';
import { type Positioned } from '../../kernel/recorded.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';
import { type FiredReason, type RejectedReason, type ScheduleRule } from './schedule.events.js';
import { type Declared, type Scheduled } from './schedule.outcomes.js';

/**
 * Commands that account for ticks carry the outages of the last day, which distinguish a tick that was missed from one
 * that is late. All others leave the ticks before them to the timer.
 */
export type ScheduleCommand =
  | CreateSchedule
  | ChangeSchedule
  | DeclareSchedule
  | PauseSchedule
  | ResumeSchedule
  | DeleteSchedule
  | TriggerSchedule
  | FireDue
  | RejectOccurrence
  | RestoreOccurrence
  | RecordOccurrenceEnded;

export class CreateSchedule extends Command<Scheduled> {
  readonly type = 'CreateSchedule';
  constructor(
    readonly scheduleId: string,
    readonly clientId: string,
    readonly rule: ScheduleRule,
    readonly paused: boolean,
    /** When its name was taken; it is not held for ever without a schedule. */
    readonly nameTakenAt: Instant,
  ) {
    super();
  }

  override get kept() {
    const { nameTakenAt } = this;
    return { nameTakenAt };
  }
}

export class ChangeSchedule extends Command<Scheduled> {
  readonly type = 'ChangeSchedule';
  constructor(
    readonly scheduleId: string,
    /** What is not in it stays. */
    readonly changes: Partial<ScheduleRule>,
    /** Null: as it is. */
    readonly paused: boolean | null,
    readonly nameTakenAt: Instant,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }

  override get kept() {
    const { paused, nameTakenAt } = this;
    return { paused, nameTakenAt };
  }
}

/**
 * Makes the schedule that is to have a name, or brings the one that has it to this rule, whichever other commands
 * declare it at the same time.
 */
export class DeclareSchedule extends Command<Declared> {
  readonly type = 'DeclareSchedule';
  constructor(
    readonly scheduleId: string,
    readonly clientId: string,
    readonly rule: ScheduleRule,
    /** Null: as it is, and not paused where it is new. */
    readonly paused: boolean | null,
    readonly nameTakenAt: Instant,
  ) {
    super();
  }

  override get kept() {
    const { paused, nameTakenAt } = this;
    return { paused, nameTakenAt };
  }
}

export class PauseSchedule extends Command<Scheduled> {
  readonly type = 'PauseSchedule';
  constructor(readonly scheduleId: string) {
    super();
  }

  override get schema() {
    return 2;
  }
}

export class ResumeSchedule extends Command<Scheduled> {
  readonly type = 'ResumeSchedule';
  constructor(readonly scheduleId: string) {
    super();
  }

  override get schema() {
    return 2;
  }
}

export class DeleteSchedule extends Command<Positioned> {
  readonly type = 'DeleteSchedule';
  constructor(
    readonly scheduleId: string,
    readonly outages: readonly Outage[] = [],
  ) {
    super();
  }

  override get kept() {
    return keptOf(this.outages);
  }
}

/** Submits the job now, beside the rule. */
export class TriggerSchedule extends Command<Scheduled> {
  readonly type = 'TriggerSchedule';
  constructor(
    readonly scheduleId: string,
    readonly jobId: string,
  ) {
    super();
  }

  override get schema() {
    return 2;
  }
}

/** Sent by a timer when the next tick has come. */
export class FireDue extends Command<TimerAnswer> {
  readonly type = 'FireDue';
  constructor(
    readonly scheduleId: string,
    readonly outages: readonly Outage[] = [],
  ) {
    super();
  }

  override get kept() {
    return keptOf(this.outages);
  }
}

/** Records that an occurrence which fired comes to no job. */
export class RejectOccurrence extends Command<Positioned> {
  readonly type = 'RejectOccurrence';
  constructor(
    readonly scheduleId: string,
    /** The version that it fired under. */
    readonly version: number,
    readonly dueAt: Instant,
    readonly jobId: string,
    readonly isTriggered: boolean,
    readonly reason: RejectedReason,
  ) {
    super();
  }
}

/** Records that an occurrence which was rejected has its job after all: another node had let it in meanwhile. */
export class RestoreOccurrence extends Command<Positioned> {
  readonly type = 'RestoreOccurrence';
  constructor(
    readonly scheduleId: string,
    /** The version that it fired under. */
    readonly version: number,
    readonly dueAt: Instant,
    readonly jobId: string,
    readonly reason: FiredReason | null,
  ) {
    super();
  }
}

export class RecordOccurrenceEnded extends Command<TimerAnswer> {
  static readonly formerTypes = ['NoteOccurrenceEnded'];

  readonly type = 'RecordOccurrenceEnded';
  constructor(
    readonly scheduleId: string,
    readonly jobId: string,
  ) {
    super();
  }
}

/** Most often there were none, and that goes without saying. */
const keptOf = (outages: readonly Outage[]) => (outages.length === 0 ? null : { outages });
