export interface LookupLimits {
  /** Look-ups under way at once in this process. */
  readonly maxRunning: number;
  /** Of one client, however many slots are free: what is not answered is held until its time is up. */
  readonly maxRunningPerClient: number;
  readonly maxWaitingPerClient: number;
}

interface Client {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Shares the look-ups of a process between clients. A free slot goes to the waiting client that holds the fewest, and
 * among those to the one that was served longest ago, so that no number of others' look-ups keeps one waiting for more than a turn.
 */
export class LookupSlots {
  /** In the order in which they were last given a slot. */
  readonly #clients = new Map<string, Client>();
  #running = 0;

  constructor(private readonly limits: LookupLimits) {}

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    let count = 0;
    for (const client of this.#clients.values()) count += client.waiting.size;
    return count;
  }

  /**
   * Calls `begin` at once or when there is a slot, which is held until `end`. Answers with what gives up waiting and says
   * whether it was waiting still; null: too many of this client's are waiting.
   */
  ask(clientId: string, begin: () => void): (() => boolean) | null {
    const client = this.#clients.get(clientId) ?? { running: 0, waiting: new Set() };
    if (this.#mayBegin(client) && client.waiting.size === 0) {
      this.#give(clientId, client, begin);
      return () => false;
    }
    if (client.waiting.size >= this.limits.maxWaitingPerClient) return null;
    this.#clients.set(clientId, client);
    client.waiting.add(begin);
    return () => {
      const wasWaiting = client.waiting.delete(begin);
      this.#forgetIdle(clientId, client);
      return wasWaiting;
    };
  }

  end(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client === undefined) return;
    client.running -= 1;
    this.#running -= 1;
    this.#forgetIdle(clientId, client);
    this.#giveNext();
  }

  #giveNext(): void {
    let next: readonly [string, Client] | null = null;
    for (const entry of this.#clients) {
      const [, client] = entry;
      if (client.waiting.size > 0 && this.#mayBegin(client) && (next === null || client.running < next[1].running))
        next = entry;
    }
    if (next === null) return;
    const [clientId, client] = next;
    const [begin] = client.waiting;
    if (begin === undefined) return;
    client.waiting.delete(begin);
    this.#give(clientId, client, begin);
  }

  #mayBegin({ running }: Client): boolean {
    return this.#running < this.limits.maxRunning && running < this.limits.maxRunningPerClient;
  }

  #give(clientId: string, client: Client, begin: () => void): void {
    this.#clients.delete(clientId);
    this.#clients.set(clientId, client);
    client.running += 1;
    this.#running += 1;
    begin();
  }

  #forgetIdle(clientId: string, client: Client): void {
    if (client.running > 0 || client.waiting.size > 0 || this.#clients.get(clientId) !== client) return;
    this.#clients.delete(clientId);
  }
}
