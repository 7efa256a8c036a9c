import { FairShares } from '../../platform/async/fair-shares.js';

/** How many jobs of which client a claim may take. */
export interface SlotBounds {
  readonly clients: readonly string[];
  /** In the order of `clients`: what they hold. */
  readonly held: readonly number[];
  /** In the order of `clients`: how many more they may have. */
  readonly allowed: readonly number[];
  /** In the order of `clients`: when they were given one last, as a number that rises. */
  readonly turns: readonly number[];
  /** How many more any other client may have. */
  readonly allowedOthers: number;
}

/** Whoever was given one before that many others were has waited as long as a client that never was. */
const maxTurns = 1_000;

/**
 * The slots of a worker that runs jobs of every client, shared between the clients. A slot cannot be taken back from a
 * job that runs, so no client gets the last ones but the one that has none.
 */
export class WorkerSlots {
  readonly #shares: FairShares;
  readonly #clientOf = new Map<string, string>();
  /** By client, the oldest first. */
  readonly #turns = new Map<string, number>();
  #turn = 0;

  constructor(size: number) {
    this.#shares = new FairShares(size);
  }

  /** How many one claim may fill: half of what is free, so that the next is bounded by what this one gave to whom. */
  get mostPerClaim(): number {
    return Math.max(1, Math.ceil(this.#shares.free / 2));
  }

  get bounds(): SlotBounds {
    const clients = [...new Set([...this.#shares.holders.keys(), ...this.#turns.keys()])];
    return {
      clients,
      held: clients.map((client) => this.#shares.heldBy(client)),
      allowed: clients.map((client) => this.#shares.allowance(client)),
      turns: clients.map((client) => this.#turns.get(client) ?? 0),
      allowedOthers: this.#shares.allowance(''),
    };
  }

  take(leaseId: string, clientId: string): void {
    this.#clientOf.set(leaseId, clientId);
    this.#shares.take(clientId);
    this.#turn += 1;
    this.#turns.delete(clientId);
    this.#turns.set(clientId, this.#turn);
    if (this.#turns.size <= maxTurns) return;
    for (const oldest of this.#turns.keys()) {
      this.#turns.delete(oldest);
      break;
    }
  }

  /** Whether the lease had a slot. Safe to repeat. */
  free(leaseId: string): boolean {
    const clientId = this.#clientOf.get(leaseId);
    if (clientId === undefined) return false;
    this.#clientOf.delete(leaseId);
    this.#shares.giveBack(clientId);
    return true;
  }
}
