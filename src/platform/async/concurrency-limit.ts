import { ProcessClock } from '../clock/process-time.js';
import { after } from '../clock/timer.js';

interface Waiting {
  enter(): void;
  giveUp(error: Error): void;
}

/** What a caller is told that does not come to its turn. */
interface LimitRefusals {
  /** So many wait already. */
  full(waiting: number): Error;
  /** Nothing has succeeded for so long. */
  silent(ms: number): Error;
}

/** Lets so many through at once; the others wait in line, which is bounded in length and in time. */
export class ConcurrencyLimit {
  readonly #line = new Set<Waiting>();
  #inside = 0;
  /** Runs while any call is inside. A process that gets no time must not take its own silence for that of others. */
  readonly #clock = new ProcessClock();
  /** When a call last succeeded. */
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly places: number,
    private readonly maxLine: number,
    private readonly refusals: LimitRefusals,
  ) {}

  /**
   * Resolves when it is this caller's turn, who must `leave` later. Throws one of the refusals when the line is full, or
   * when no call has succeeded for that long: a caller waits in a line that moves, however slow.
   */
  enter(ms: number): Promise<void> {
    if (this.#inside < this.places) {
      this.#inside += 1;
      this.#clock.run();
      return Promise.resolve();
    }
    if (this.#line.size >= this.maxLine) return Promise.reject(this.refusals.full(this.#line.size));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        enter: () => {
          timer.cancel();
          resolve();
        },
        giveUp: (error) => {
          timer.cancel();
          this.#line.delete(waiting);
          reject(error);
        },
      };
      const joinedAt = this.nowMs();
      const look = (): void => {
        const leftMs = ms - this.silentMsSince(joinedAt);
        if (leftMs > 0) timer = after(leftMs, look);
        else waiting.giveUp(this.refusals.silent(ms));
      };
      let timer = after(ms, look);
      this.#line.add(waiting);
    });
  }

  /** The time that this process has had, which goes on while any call is inside. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** How much of that time has passed without a success, from a moment on. */
  silentMsSince(moment: number): number {
    return this.nowMs() - Math.max(moment, this.#progressAt);
  }

  leave(hadSuccess: boolean): void {
    if (hadSuccess) this.#progressAt = this.nowMs();
    const [next] = this.#line;
    if (next === undefined) {
      this.#inside -= 1;
      if (this.#inside === 0) this.#clock.stand();
      return;
    }
    this.#line.delete(next);
    next.enter();
  }

  /** Rejects every caller in line. */
  close(error: Error): void {
    for (const waiting of [...this.#line]) waiting.giveUp(error);
  }
}
