/** One holder may have three times what it leaves free: alone, three quarters. */
const timesFree = 3;

/**
 * Shares of something of which there are only so many, such as slots, between clients. What no other client uses is
 * lent out, but never all of it: a holder may have at most three times what stays free, so that a client that comes
 * finds something at once, however long the others keep theirs. With each that comes the bound gets lower for all, and
 * who has more than that gets nothing new until it has given back enough. A client that has nothing may take the last
 * one.
 *
 * It only counts; who waits is not known here. Bounded by what is held: a client that holds nothing takes no room.
 */
export class FairShares {
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(
    readonly size: number,
    /** The most that one holder may have, however much is free. It may change; what is held already stays. */
    public maxPerClient = Number.POSITIVE_INFINITY,
  ) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`${size} cannot be shared`);
  }

  get free(): number {
    return Math.max(0, this.size - this.#taken);
  }

  get taken(): number {
    return this.#taken;
  }

  /** Each client that holds something, with how much. */
  get holders(): ReadonlyMap<string, number> {
    return this.#held;
  }

  heldBy(client: string): number {
    return this.#held.get(client) ?? 0;
  }

  /** How many more the client may take now, one after the other. */
  allowance(client: string): number {
    const { free } = this;
    const held = this.heldBy(client);
    const fair = Math.floor((timesFree * free - held) / (1 + timesFree));
    return Math.min(free, Math.max(0, this.maxPerClient - held), Math.max(fair, held === 0 ? 1 : 0));
  }

  /** Takes one where the client may have it, and says whether. */
  tryTake(client: string): boolean {
    if (this.allowance(client) < 1) return false;
    this.take(client);
    return true;
  }

  /** Counts what the client has come to hold, also where that is more than its share. */
  take(client: string, count = 1): void {
    this.#held.set(client, this.heldBy(client) + count);
    this.#taken += count;
  }

  giveBack(client: string, count = 1): void {
    const held = this.heldBy(client);
    if (held < count) throw new RangeError('what was not taken cannot be given back');
    if (held === count) this.#held.delete(client);
    else this.#held.set(client, held - count);
    this.#taken -= count;
  }
}
