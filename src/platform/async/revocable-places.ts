export interface PlaceLimits {
  readonly max: number;
  readonly maxPerClient: number;
}

/**
 * Places that clients keep for long and that can be taken back. Where all are taken, the client that has most gives its
 * oldest one up for a client that has fewer, so that a client that comes never waits for the others to leave.
 */
export class RevocablePlaces<Client, Holder> {
  /** In the order in which they came. */
  readonly #holders = new Map<Client, Set<Holder>>();
  #taken = 0;

  constructor(
    private readonly limits: PlaceLimits,
    /** Ends what a holder keeps its place for, and says whether; one that cannot end at the moment is passed over. */
    private readonly revoke: (holder: Holder) => boolean,
  ) {}

  /** Takes a place, another client's where it must be, and says whether there was one for this client. */
  tryTake(client: Client, holder: Holder): boolean {
    const own = this.#holders.get(client)?.size ?? 0;
    if (own >= this.limits.maxPerClient) return false;
    if (this.#taken >= this.limits.max && !this.#revokeFor(own)) return false;
    this.take(client, holder);
    return true;
  }

  /** Takes a place also where that is one too many. */
  take(client: Client, holder: Holder): void {
    this.#taken += 1;
    this.#holders.set(client, (this.#holders.get(client) ?? new Set()).add(holder));
  }

  /** Safe to repeat. */
  giveBack(client: Client, holder: Holder): void {
    const own = this.#holders.get(client);
    if (own === undefined || !own.delete(holder)) return;
    this.#taken -= 1;
    if (own.size === 0) this.#holders.delete(client);
  }

  #revokeFor(own: number): boolean {
    let most: readonly [Client, ReadonlySet<Holder>] | null = null;
    for (const each of this.#holders) if (most === null || each[1].size > most[1].size) most = each;
    // Where it would then have as many as the other, the other would only take it back again.
    if (most === null || most[1].size <= own + 1) return false;
    const [client, holders] = most;
    for (const holder of holders) {
      if (!this.revoke(holder)) continue;
      this.giveBack(client, holder);
      return true;
    }
    return false;
  }
}
