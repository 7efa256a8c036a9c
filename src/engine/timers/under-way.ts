import { type DueTimer } from './timer-rows.js';

/**
 * The timers of one batch that have not been answered yet, by client. While a client has any, one batch more is counted for it;
 * it does not wait for what others have in the same batch.
 */
export class UnderWay {
  readonly #left = new Map<string, number>();

  constructor(
    timers: readonly DueTimer[],
    /** How many batches have timers of each client under way. */
    private readonly batchesOf: Map<string, number>,
  ) {
    for (const { clientId } of timers) this.#left.set(clientId, (this.#left.get(clientId) ?? 0) + 1);
    for (const client of this.#left.keys()) batchesOf.set(client, (batchesOf.get(client) ?? 0) + 1);
  }

  get clients(): Iterable<string> {
    return this.#left.keys();
  }

  /** Whether that was the last of its client. */
  fired({ clientId }: DueTimer): boolean {
    const left = (this.#left.get(clientId) ?? 0) - 1;
    if (left > 0) this.#left.set(clientId, left);
    else if (this.#left.delete(clientId)) this.#leave(clientId);
    return left === 0;
  }

  /** None of them is under way any more. */
  end(): void {
    for (const client of this.#left.keys()) this.#leave(client);
    this.#left.clear();
  }

  #leave(client: string): void {
    const batches = (this.batchesOf.get(client) ?? 0) - 1;
    if (batches > 0) this.batchesOf.set(client, batches);
    else this.batchesOf.delete(client);
  }
}
