import type { Instant } from '../../kernel/instant.js';

/** The one time that decides: aligned with the database's clock, passed into the domain. */
export abstract class Clock {
  abstract now(): Instant;
}

/** This machine's own clock, for programs that have no database to align with. */
export class SystemClock extends Clock {
  now(): Instant {
    return Date.now();
  }
}
