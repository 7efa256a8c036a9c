import { type Instant } from '../../kernel/instant.js';
import { Command } from '../../kernel/message.js';
import { type SchemaStep } from '../../kernel/stored-shape.js';
import { type TimerAnswer } from '../../kernel/timer-answer.js';

/** Hands the job of an occurrence to the module of jobs. */
export class SubmitOccurrence extends Command<TimerAnswer> {
  readonly type = 'SubmitOccurrence';
  constructor(
    readonly scheduleId: string,
    /** Whose definition of the job counts. */
    readonly version: number,
    readonly jobId: string,
  ) {
    super();
  }
}

/** Cancels the job of an earlier occurrence. */
export class CancelOccurrence extends Command<TimerAnswer> {
  readonly type = 'CancelOccurrence';
  constructor(
    readonly jobId: string,
    /** When the later occurrence took its place. */
    readonly replacedAt: Instant,
    /** Whose it is; null where the order is older than the question. */
    readonly scheduleId: string | null,
  ) {
    super();
  }

  static readonly steps: readonly SchemaStep[] = [(members) => ({ ...members, scheduleId: null })];

  override get schema() {
    return 2;
  }
}
