import { FairShares } from '../platform/async/fair-shares.js';

/** How many jobs of which client a claim may take. */
interface SlotBounds {
  readonly clients: readonly string[];
  /** In the order of `clients`: what they hold. */
  readonly held: readonly number[];
  /** In the order of `clients`: how many more they may have. */
  readonly allowed: readonly number[];
  /** In the order of `clients`: how many of those may be of a kind that can take long. */
  readonly allowedLong: readonly number[];
  /** In the order of `clients`: when they were given one last, as a number that rises. */
  readonly turns: readonly number[];
  /** How many more any other client may have. */
  readonly allowedOthers: number;
  readonly allowedLongOthers: number;
  /** The kinds that cannot take long. */
  readonly soonOver: readonly string[];
}

/** How many clients' last turns are kept: a client beyond them counts as one that never had a slot. */
const maxTurns = 1_000;

/** Of so many slots one is kept from jobs that can take long. */
const slotsPerKept = 8;

/**
 * The slots of a worker that runs jobs of every client, shared between the clients. A slot cannot be taken back from a
 * job that runs, so no client gets the last ones but the one that has none. Clients enough with jobs that take long would
 * have them all even so: an eighth is for jobs of kinds that are over soon, and becomes free within a moment.
 */
export class WorkerSlots {
  readonly #shares: FairShares;
  readonly #longShares: FairShares;
  readonly #soonOver: ReadonlySet<string>;
  readonly #leases = new Map<string, { readonly clientId: string; readonly isLong: boolean }>();
  /** By client, the oldest first. */
  readonly #turns = new Map<string, number>();
  #turn = 0;

  constructor(size: number, soonOver: readonly string[]) {
    this.#shares = new FairShares(size);
    this.#longShares = new FairShares(size === 1 ? 1 : size - Math.ceil(size / slotsPerKept));
    this.#soonOver = new Set(soonOver);
  }

  /** How many one claim may fill: half of what is free, so that the next is bounded by what this one gave to whom. */
  get maxPerClaim(): number {
    const half = Math.max(1, Math.ceil(this.#shares.free / 2));
    return this.#longShares.free === 0 ? half : Math.min(half, this.#longShares.free);
  }

  get bounds(): SlotBounds {
    const clients = [...new Set([...this.#shares.holders.keys(), ...this.#turns.keys()])];
    return {
      clients,
      held: clients.map((client) => this.#shares.heldBy(client)),
      allowed: clients.map((client) => this.#shares.allowance(client)),
      allowedLong: clients.map((client) => this.#longShares.allowance(client)),
      turns: clients.map((client) => this.#turns.get(client) ?? 0),
      allowedOthers: this.#shares.allowance(''),
      allowedLongOthers: this.#longShares.allowance(''),
      soonOver: [...this.#soonOver],
    };
  }

  take(leaseId: string, clientId: string, workKind: string): void {
    const isLong = !this.#soonOver.has(workKind);
    this.#leases.set(leaseId, { clientId, isLong });
    this.#shares.take(clientId);
    if (isLong) this.#longShares.take(clientId);
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
    const lease = this.#leases.get(leaseId);
    if (lease === undefined) return false;
    this.#leases.delete(leaseId);
    this.#shares.giveBack(lease.clientId);
    if (lease.isLong) this.#longShares.giveBack(lease.clientId);
    return true;
  }
}
