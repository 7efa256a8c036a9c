import { type ClientBase } from 'pg';
import { asError } from '../async/as-error.js';
import { every, type Timer } from '../clock/timer.js';

/** Several times within what a pool lets a transaction be idle. */
const everyMs = 1_500;

/** A transaction that waits for something else than its database. */
export interface HeldTransaction {
  /** Throws once the connection is known to be lost, and what the transaction held with it. */
  throwIfLost(): void;
}

/**
 * Tells Postgres now and then that the process which holds a transaction lives, for as long as `work` takes. So the limit for idle
 * transactions stays one for silence: it ends those of a process that is frozen or cut off, and none of one that has to wait
 * for long.
 */
export async function whileHeld<Result>(
  client: ClientBase,
  work: (held: HeldTransaction) => Promise<Result>,
): Promise<Result> {
  const signs = new SignsOfLife(client);
  try {
    return await work(signs);
  } finally {
    signs.end();
  }
}

class SignsOfLife implements HeldTransaction {
  readonly #timer: Timer;
  #isAsking = false;
  #lost: Error | null = null;

  constructor(private readonly client: ClientBase) {
    this.#timer = every(everyMs, () => void this.#give());
  }

  throwIfLost(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  end(): void {
    this.#timer.cancel();
  }

  async #give(): Promise<void> {
    if (this.#isAsking || this.#lost !== null) return;
    this.#isAsking = true;
    try {
      await this.client.query('select');
    } catch (error) {
      this.#lost = asError(error);
    }
    this.#isAsking = false;
  }
}
