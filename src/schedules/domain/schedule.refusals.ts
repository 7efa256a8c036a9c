import { type Instant } from '../../kernel/instant.js';
import { type Fault, Refusal } from '../../kernel/refusal.js';

export class ScheduleNotFound extends Refusal {
  readonly kind = 'not-found';
  readonly code = 'RFA_SCHEDULE_NOT_FOUND';
  constructor(scheduleId: string) {
    super(`No schedule has the id ${scheduleId}.`);
  }
}

export class NameTakenAlready extends Refusal {
  readonly kind = 'conflict';
  readonly code = 'RFA_SCHEDULE_CONFLICT';
  constructor(
    name: string,
    readonly scheduleId: string,
    readonly takenAt: Instant,
  ) {
    super(`The name ${JSON.stringify(name)} belongs to schedule ${scheduleId}.`);
  }
}

/** The schedule that holds the name does not bear it: the name is about to be freed, or to be borne. */
export class ScheduleNameUnsettled extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor(name: string) {
    super(`The name ${JSON.stringify(name)} is being freed or given away. Send the same request again.`);
  }
}

/** Its own expression says in which zone it is read. */
export class ScheduleZoneInCron extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_SCHEDULE_VALIDATION_FAILED';
  override readonly faults: readonly Fault[];
  constructor(zone: string) {
    super('The request has a fault.');
    const detail = `is ${zone} as long as the cron expression begins with it: send a new expression, too`;
    this.faults = [{ pointer: '/timezone', detail }];
  }
}

/** None of its ticks would ever come. */
export class ScheduleEndsInThePast extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_SCHEDULE_VALIDATION_FAILED';
  override readonly faults = [{ pointer: '/end_at', detail: 'must lie in the future' }];
  constructor() {
    super('The request has a fault.');
  }
}

/** Two changes that are each possible and together are not. */
export class ScheduleEndsBeforeStart extends Refusal {
  readonly kind = 'invalid';
  readonly code = 'RFA_SCHEDULE_VALIDATION_FAILED';
  override readonly faults = [{ pointer: '/end_at', detail: 'must be later than start_at' }];
  constructor() {
    super('The request has a fault.');
  }
}

/** Very many ticks are still being accounted for, one by one. */
export class ScheduleCatchingUp extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor(scheduleId: string) {
    super(`Schedule ${scheduleId} is still accounting for ticks that came before. Send the same request again.`);
  }
}

/** A write that came so late that its name may belong to another schedule by now. */
export class ScheduleTooSlow extends Refusal {
  readonly kind = 'unavailable';
  readonly code = 'RFA_STORAGE_UNAVAILABLE';
  override readonly retryAfterMs = 1_000;
  constructor(scheduleId: string) {
    super(`Schedule ${scheduleId} could not be written in time. Send the same request again.`);
  }
}
