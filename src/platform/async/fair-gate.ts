import { FairShares } from './fair-shares.js';

interface FairGateOptions {
  /** How many pieces of work run at once. */
  readonly atOnce: number;
  /** Of one client, however many more could run. */
  readonly atOncePerClient?: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerClient?: number;
}

/** Whether it was waiting still. */
type GiveUp = () => boolean;

/**
 * Lets a few pieces of work run at a time and a bounded number wait, each with a share for every client. What becomes
 * free goes to the client that has fewest at work, and of several to each in turn.
 */
export class FairGate {
  readonly #running: FairShares;
  readonly #waiting: FairShares;
  /** Callers that wait, by client; the client whose turn it was last is the last. */
  readonly #lines = new Map<string, Set<() => void>>();

  constructor({ atOnce, atOncePerClient, maxWaiting, maxWaitingPerClient }: FairGateOptions) {
    this.#running = new FairShares(atOnce, atOncePerClient);
    this.#waiting = new FairShares(maxWaiting, maxWaitingPerClient);
  }

  get running(): number {
    return this.#running.taken;
  }

  get waiting(): number {
    return this.#waiting.taken;
  }

  /** Runs the work in its turn; throws what `full` makes where too much of this client's waits already. */
  async run<Answer>(client: string, work: () => Promise<Answer>, full: () => Error): Promise<Answer> {
    if (!this.#tryBegin(client))
      await new Promise<void>((resolve, reject) => {
        if (!this.#wait(client, resolve)) reject(full());
      });
    try {
      return await work();
    } finally {
      this.leave(client);
    }
  }

  /**
   * Calls `begin` at once or in its turn; what has begun goes on until `leave`. Answers with what gives up waiting; null:
   * too much of this client's waits already.
   */
  enter(client: string, begin: () => void): GiveUp | null {
    if (this.#tryBegin(client)) {
      begin();
      return () => false;
    }
    return this.#wait(client, begin) ? () => this.#leaveLine(client, begin) : null;
  }

  leave(client: string): void {
    this.#running.giveBack(client);
    for (let next = this.#next(); next !== null; next = this.#next()) this.#letIn(next);
  }

  /** None of a client overtakes those of it that wait. */
  #tryBegin(client: string): boolean {
    return !this.#lines.has(client) && this.#running.tryTake(client);
  }

  #wait(client: string, begin: () => void): boolean {
    if (!this.#waiting.tryTake(client)) return false;
    this.#lines.set(client, (this.#lines.get(client) ?? new Set()).add(begin));
    return true;
  }

  #letIn(client: string): void {
    const line = this.#lines.get(client) ?? new Set();
    const [first] = line;
    this.#lines.delete(client);
    this.#lines.set(client, line);
    if (first === undefined || !this.#leaveLine(client, first)) return;
    this.#running.take(client);
    first();
  }

  #leaveLine(client: string, begin: () => void): boolean {
    const line = this.#lines.get(client);
    if (line === undefined || !line.delete(begin)) return false;
    if (line.size === 0) this.#lines.delete(client);
    this.#waiting.giveBack(client);
    return true;
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
