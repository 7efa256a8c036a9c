import { every, type Timer } from '../clock/timer.js';

/** How often is looked, in milliseconds. */
const lookMs = 10;
/** What is ready and waits longer for its turn than this, waits too long. */
const heavyMs = 8;
const lightMs = 3;
/** How the number falls in a look at a heavy loop, and how it rises in one at a light loop. */
const fall = 0.7;
const rise = 8;

/**
 * How many things of one client the event loop bears at once. Where each costs processor time, many at once get no more
 * done than a few, and all that others ask for waits behind all of them; where they wait for another machine, many cost
 * nothing. So their number falls while what is ready has to wait for its turn, and rises again while it does not.
 */
export class LoopPace {
  #most: number;
  #timer: Timer | null = null;
  #dueAt = 0;

  constructor(
    private readonly least: number,
    private readonly max: number,
    /** More may be begun than before. */
    private readonly onMore: () => void,
  ) {
    this.#most = Math.min(max, 4 * least);
  }

  /** How many of one client may be under way now. */
  get most(): number {
    return Math.floor(this.#most);
  }

  /** Looks from now on, until it is told to `stand`: a process with nothing to do is not woken for this. */
  run(): void {
    if (this.#timer !== null) return;
    this.#dueAt = performance.now() + lookMs;
    this.#timer = every(lookMs, () => {
      const now = performance.now();
      this.look(now - this.#dueAt);
      this.#dueAt = now + lookMs;
    }).unref();
  }

  stand(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** What is ready has waited so long for its turn. */
  look(waitedMs: number): void {
    if (waitedMs > heavyMs) this.#most = Math.max(this.least, this.#most * fall);
    else if (waitedMs < lightMs && this.#most < this.max) {
      this.#most = Math.min(this.max, this.#most + rise);
      this.onMore();
    }
  }
}
