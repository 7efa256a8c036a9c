export interface LabelBounds {
  /** Values that one client brings. */
  readonly maxPerClient: number;
  /** Values in all, beyond which a client brings only its reserve. */
  readonly maxValues: number;
  /** What each of a bounded number of clients may bring however many values there are. */
  readonly reserve: number;
  readonly maxReserves: number;
}

/**
 * Keeps the values of a label from growing without end: the first so many of each client stand for themselves, the rest are
 * `other`. So no client's names take the place of another's.
 */
export class LabelCap {
  readonly #known: Set<string>;
  /** How many values each client brought. */
  readonly #brought = new Map<string, number>();
  readonly #always: number;

  /** `always` are known from the start and not counted. */
  constructor(
    private readonly bounds: LabelBounds,
    always: readonly string[] = [],
  ) {
    this.#known = new Set(always);
    this.#always = this.#known.size;
  }

  of(clientId: string, value: string): string {
    if (this.#known.has(value)) return value;
    const own = this.#brought.get(clientId) ?? 0;
    if (!this.#hasRoomFor(own)) return 'other';
    this.#known.add(value);
    this.#brought.set(clientId, own + 1);
    return value;
  }

  #hasRoomFor(own: number): boolean {
    const { maxPerClient, maxValues, reserve, maxReserves } = this.bounds;
    if (own >= maxPerClient) return false;
    const values = this.#known.size - this.#always;
    return values < maxValues || (own < reserve && values < maxValues + reserve * maxReserves);
  }
}
