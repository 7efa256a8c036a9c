import { type Instant } from '../../src/kernel/instant.js';
import { Clock } from '../../src/platform/clock/clock.js';

/** This machine's own clock, where there is no database to align with. */
export class SystemClock extends Clock {
  now(): Instant {
    return Date.now();
  }
}
