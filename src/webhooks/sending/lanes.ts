import { FairShares } from '../../platform/async/fair-shares.js';
import { type DeliveryTurns, noClient } from './delivery-queue.js';

interface Lane {
  readonly clientId: string;
  underWay: number;
  /** Failures since the last success. */
  failures: number;
  /** When the last of them was, by the process's own clock. */
  failedAt: number;
}

/** A delivery, as far as it takes room. */
interface InLane {
  readonly lane: string;
  readonly clientId: string;
}

const failingAfter = 3;
const maxKept = 10_000;
/** Clients whose last lane is known. One that is not among them begins with its first lane again. */
const maxLaneTurns = 200;
/** One that was not tried for so long may have been repaired, or be gone. */
const staleAfterMs = 300_000;

/**
 * How much is under way to whom. Each client has a share of what this process sends at once, so that however slow the
 * receivers of one are, those of another find room. A receiver that keeps failing gets one attempt at a time, and all
 * of those of a client together at most half of what it may have: its others have room, too.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #shares: FairShares;
  readonly #failingUnderWay = new Map<string, number>();
  /** The lane of each client that had its turn last, the oldest turn first. */
  readonly #laneTurns = new Map<string, string>();
  #lastClient = noClient;

  constructor(
    most: number,
    private readonly maxPerLane: number,
  ) {
    this.#shares = new FairShares(most);
  }

  get free(): number {
    return this.#shares.free;
  }

  /** One client may have so many under way from now on. */
  paceTo(maxPerClient: number): void {
    this.#shares.maxPerClient = maxPerClient;
  }

  /** How many to begin before shares are looked at again: half of what is free. */
  get maxAtOnce(): number {
    return Math.ceil(this.#shares.free / 2);
  }

  /** How many keep failing, of those that were tried lately. */
  get failing(): number {
    const since = performance.now() - staleAfterMs;
    let count = 0;
    for (const lane of this.#lanes.values()) if (isFailing(lane) && lane.failedAt > since) count += 1;
    return count;
  }

  /** How many more each lane may have, where that is not `maxPerLane`. */
  limits(): ReadonlyMap<string, number> {
    const limits = new Map<string, number>();
    for (const [name, lane] of this.#lanes) {
      const most = isFailing(lane) ? (this.#hasTooManyFailing(lane.clientId) ? 0 : 1) : this.maxPerLane;
      limits.set(name, Math.max(0, most - lane.underWay));
    }
    return limits;
  }

  /** How many more each client may have, at most so many of each, and who comes first. */
  turns(mostOfEach: number): DeliveryTurns {
    const clients = new Set([...this.#shares.holders.keys(), ...this.#laneTurns.keys()]);
    return {
      afterClient: this.#lastClient,
      clients: [...clients].map((clientId) => ({
        clientId,
        most: Math.min(mostOfEach, this.#shares.allowance(clientId)),
        afterLane: this.#laneTurns.get(clientId) ?? '',
      })),
      maxOthers: Math.min(mostOfEach, this.#shares.allowance(noClient)),
    };
  }

  begin({ lane: name, clientId }: InLane): void {
    const lane = this.#lanes.get(name) ?? { clientId, underWay: 0, failures: 0, failedAt: 0 };
    this.#lanes.set(name, lane);
    lane.underWay += 1;
    this.#shares.take(clientId);
    if (isFailing(lane)) this.#countFailing(clientId, 1);
    this.#lastClient = clientId;
    this.#laneTurns.delete(clientId);
    this.#laneTurns.set(clientId, name);
    const oldest = this.#laneTurns.size > maxLaneTurns ? this.#laneTurns.keys().next() : null;
    if (oldest?.done === false) this.#laneTurns.delete(oldest.value);
  }

  end({ lane: name, clientId }: InLane, outcome: 'delivered' | 'failed' | 'idle'): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    const before = isFailing(lane) ? lane.underWay : 0;
    lane.underWay -= 1;
    this.#shares.giveBack(clientId);
    if (outcome === 'delivered') lane.failures = 0;
    else if (outcome === 'failed') {
      lane.failures += 1;
      lane.failedAt = performance.now();
    }
    this.#countFailing(clientId, (isFailing(lane) ? lane.underWay : 0) - before);
    if (lane.underWay === 0 && (lane.failures === 0 || this.#lanes.size > maxKept)) this.#lanes.delete(name);
  }

  #hasTooManyFailing(clientId: string): boolean {
    const maxOfClient = this.#shares.heldBy(clientId) + this.#shares.allowance(clientId);
    return (this.#failingUnderWay.get(clientId) ?? 0) >= Math.max(1, maxOfClient / 2);
  }

  #countFailing(clientId: string, change: number): void {
    const count = (this.#failingUnderWay.get(clientId) ?? 0) + change;
    if (count === 0) this.#failingUnderWay.delete(clientId);
    else this.#failingUnderWay.set(clientId, count);
  }
}

const isFailing = ({ failures }: Lane): boolean => failures >= failingAfter;
