import { ProcessClock } from '../clock/process-time.js';
import { after } from '../clock/timer.js';
import { FairShares } from './fair-shares.js';

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

/** Lets so many through at once; the others wait in lines, one for each client, bounded in length and in time, and taken in turns. */
export class ConcurrencyLimit {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Set<Waiting>>();
  readonly #waiting: FairShares;
  #inside = 0;
  /** Runs while any call is inside. A process that gets no time must not take its own silence for that of others. */
  readonly #clock = new ProcessClock();
  /** When a call last succeeded. */
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly places: number,
    maxWaiting: number,
    private readonly refusals: LimitRefusals,
  ) {
    this.#waiting = new FairShares(maxWaiting);
  }

  /**
   * Resolves when it is this client's turn, who must `leave` later. Throws one of the refusals when the client has its share of
   * those that may wait, or when no call has succeeded for that long: a caller waits in a line that moves, however slow.
   */
  enter(client: string, ms: number): Promise<void> {
    if (this.#inside < this.places) {
      this.#inside += 1;
      this.#clock.run();
      return Promise.resolve();
    }
    if (!this.#waiting.tryTake(client)) return Promise.reject(this.refusals.full(this.#waiting.taken));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        enter: () => {
          timer.cancel();
          resolve();
        },
        giveUp: (error) => {
          timer.cancel();
          this.#leaveLine(client, waiting);
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
      this.#lines.set(client, (this.#lines.get(client) ?? new Set()).add(waiting));
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
    for (const [client, line] of this.#lines) {
      const [next] = line;
      this.#lines.delete(client);
      if (next === undefined) continue;
      // Its next turn comes after that of all others.
      this.#lines.set(client, line);
      this.#leaveLine(client, next);
      next.enter();
      return;
    }
    this.#inside -= 1;
    if (this.#inside === 0) this.#clock.stand();
  }

  /** Rejects every caller in line. */
  close(error: Error): void {
    for (const line of [...this.#lines.values()]) for (const waiting of [...line]) waiting.giveUp(error);
  }

  #leaveLine(client: string, waiting: Waiting): void {
    const line = this.#lines.get(client);
    if (line?.delete(waiting) !== true) return;
    if (line.size === 0) this.#lines.delete(client);
    this.#waiting.giveBack(client);
  }
}
