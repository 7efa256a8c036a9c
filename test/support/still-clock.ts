import { type Instant } from '../../src/kernel/instant.js';
import { Clock } from '../../src/platform/clock/clock.js';

/** A clock that stands where it was put. */
export class StillClock extends Clock {
  constructor(public at: Instant) {
    super();
  }

  now(): Instant {
    return this.at;
  }
}
