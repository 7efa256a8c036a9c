import { StoreUnavailable } from '../event-store.port.js';
import { after } from '../../../platform/clock/timer.js';

interface Waiting {
  enter(): void;
  giveUp(error: Error): void;
}

/** Lets so many through at once; the others wait in line, which is bounded in length and in time. */
export class Turnstile {
  private readonly line = new Set<Waiting>();
  private inside = 0;

  constructor(
    private readonly places: number,
    private readonly longestLine: number,
  ) {}

  /** Resolves when it is this caller's turn, who must `leave` later. Throws `StoreUnavailable` otherwise. */
  enter(ms: number): Promise<void> {
    if (this.inside < this.places) {
      this.inside += 1;
      return Promise.resolve();
    }
    if (this.line.size >= this.longestLine)
      return Promise.reject(new StoreUnavailable(`${this.line.size} appends are already waiting for EventStoreDB`));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        enter: () => {
          timer.cancel();
          resolve();
        },
        giveUp: (error) => {
          timer.cancel();
          this.line.delete(waiting);
          reject(error);
        },
      };
      const timer = after(ms, () => {
        waiting.giveUp(new StoreUnavailable(`EventStoreDB had no room for this append within ${ms} ms`));
      });
      this.line.add(waiting);
    });
  }

  leave(): void {
    const [next] = this.line;
    if (next === undefined) {
      this.inside -= 1;
      return;
    }
    this.line.delete(next);
    next.enter();
  }

  /** Sends everyone in line away. */
  close(error: Error): void {
    for (const waiting of [...this.line]) waiting.giveUp(error);
  }
}
