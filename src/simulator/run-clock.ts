import { momentNow } from '../platform/clock/moment.js';

/** The two times of a run: how long it has run, from the clock that is never set, and which moment it is by the one that is. */
export class RunClock {
  readonly #began = momentNow();

  sinceMs(): number {
    return momentNow().ran - this.#began.ran;
  }

  /** In ms since the epoch, by the clock of this machine: near enough to the engine's time to show, not to judge. */
  momentMs(): number {
    return momentNow().wall;
  }

  /** When the run began, in ms since the epoch. */
  get beganAt(): number {
    return this.#began.wall;
  }
}
