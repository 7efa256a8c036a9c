import { type Instant } from '../../kernel/instant.js';

/** The one time that decides, aligned with the database's clock and passed into the domain, in two readings. */
export abstract class Clock {
  /** What happens now is stamped with this: it never goes back, so that the order of events is that of their stamps. */
  abstract now(): Instant;

  /** What has come by now: the database's clock as it stands, also where it was set back. Nothing is stamped with it. */
  due(): Instant {
    return this.now();
  }
}
