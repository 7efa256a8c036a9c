import { FairShares } from './fair-shares.js';

export interface FairGateOptions {
  /** How many pieces of work run at once. */
  readonly atOnce: number;
  readonly maxWaiting: number;
  /** What is thrown where too many wait already. */
  readonly full: () => Error;
}

/**
 * Lets a few pieces of work run at a time and a bounded number wait, each with a share for every client. What becomes
 * free goes to the client that has fewest at work, and of several to each in turn.
 */
export class FairGate {
  readonly #running: FairShares;
  readonly #waiting: FairShares;
  readonly #full: () => Error;
  /** Who waits, by client; whoever's turn it was last is the last. */
  readonly #lines = new Map<string, (() => void)[]>();

  constructor({ atOnce, maxWaiting, full }: FairGateOptions) {
    this.#running = new FairShares(atOnce);
    this.#waiting = new FairShares(maxWaiting);
    this.#full = full;
  }

  async run<Answer>(client: string, work: () => Promise<Answer>): Promise<Answer> {
    if (this.#lines.has(client) || !this.#running.tryTake(client)) await this.#turn(client);
    try {
      return await work();
    } finally {
      this.#running.giveBack(client);
      this.#letIn();
    }
  }

  #turn(client: string): Promise<void> {
    if (!this.#waiting.tryTake(client)) return Promise.reject(this.#full());
    return new Promise((resolve) => {
      const line = this.#lines.get(client);
      if (line === undefined) this.#lines.set(client, [resolve]);
      else line.push(resolve);
    });
  }

  #letIn(): void {
    for (let client = this.#next(); client !== null; client = this.#next()) {
      const line = this.#lines.get(client) ?? [];
      const first = line.shift();
      this.#lines.delete(client);
      if (line.length > 0) this.#lines.set(client, line);
      this.#waiting.giveBack(client);
      this.#running.take(client);
      first?.();
    }
  }

  #next(): string | null {
    let next: string | null = null;
    for (const client of this.#lines.keys()) {
      if (this.#running.allowance(client) < 1) continue;
      if (next === null || this.#running.heldBy(client) < this.#running.heldBy(next)) next = client;
    }
    return next;
  }
}
