interface Lane {
  underWay: number;
  /** Failures since the last success. */
  failures: number;
  /** When the last of them was, by the process's own clock. */
  failedAt: number;
}

const failingAfter = 3;
const mostRemembered = 10_000;
/** One that was not tried for so long may have been repaired, or be gone. */
const staleAfterMs = 300_000;

/**
 * How much is under way to whom. A receiver that keeps failing gets one attempt at a time, and all of those together
 * at most half of what this process sends at once, so that however many are dead, the others have room.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  #underWay = 0;
  #failingUnderWay = 0;

  constructor(
    private readonly most: number,
    private readonly mostPerLane: number,
  ) {}

  get underWay(): number {
    return this.#underWay;
  }

  get free(): number {
    return this.most - this.#underWay;
  }

  /** How many keep failing, of those that were tried lately. */
  get failing(): number {
    const since = performance.now() - staleAfterMs;
    let count = 0;
    for (const lane of this.#lanes.values()) if (isFailing(lane) && lane.failedAt > since) count += 1;
    return count;
  }

  /** How many more each lane may have, where that is not `mostPerLane`. */
  limits(): ReadonlyMap<string, number> {
    const isFull = this.#failingUnderWay >= this.most / 2;
    const limits = new Map<string, number>();
    for (const [name, lane] of this.#lanes) {
      const most = isFailing(lane) ? (isFull ? 0 : 1) : this.mostPerLane;
      limits.set(name, Math.max(0, most - lane.underWay));
    }
    return limits;
  }

  begin(name: string): void {
    const lane = this.#lanes.get(name) ?? { underWay: 0, failures: 0, failedAt: 0 };
    this.#lanes.set(name, lane);
    lane.underWay += 1;
    this.#underWay += 1;
    if (isFailing(lane)) this.#failingUnderWay += 1;
  }

  end(name: string, outcome: 'delivered' | 'failed' | 'idle'): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    const before = isFailing(lane) ? lane.underWay : 0;
    lane.underWay -= 1;
    this.#underWay -= 1;
    if (outcome === 'delivered') lane.failures = 0;
    else if (outcome === 'failed') {
      lane.failures += 1;
      lane.failedAt = performance.now();
    }
    this.#failingUnderWay += (isFailing(lane) ? lane.underWay : 0) - before;
    if (lane.underWay === 0 && (lane.failures === 0 || this.#lanes.size > mostRemembered)) this.#lanes.delete(name);
  }
}

const isFailing = ({ failures }: Lane): boolean => failures >= failingAfter;
