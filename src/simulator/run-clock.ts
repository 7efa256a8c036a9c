/** The two times of a run, both from the clock that is never set: how long it has run, and which moment that is. */
export class RunClock {
  readonly #beganMs = performance.now();

  sinceMs(): number {
    return performance.now() - this.#beganMs;
  }

  /** In ms since the epoch, as the process saw it at its start: near enough to the engine's time to show, not to judge. */
  momentMs(): number {
    return performance.timeOrigin + performance.now();
  }
}
