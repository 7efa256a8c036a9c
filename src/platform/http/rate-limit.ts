import { Refusal } from '../../kernel/refusal.js';

export class RateLimited extends Refusal {
  readonly kind = 'too-much';
  readonly code = 'RFA_REQUEST_RATE_LIMITED';

  constructor(
    perMinute: number,
    override readonly retryAfterMs: number,
  ) {
    super(`This client may send ${perMinute} requests a minute to this node, and has sent them.`);
  }
}

/** What a client has left after a request. */
interface Allowance {
  readonly isGranted: boolean;
  readonly left: number;
  /** Until everything is there again. */
  readonly fullInMs: number;
  /** Until a request of this size is granted again. */
  readonly nextInMs: number;
}

interface Bucket {
  level: number;
  at: number;
}

const minuteMs = 60_000;
const maxBuckets = 10_000;

/**
 * A bucket per client that holds a minute's requests and fills evenly. A batch needs as many as it has items, or a full
 * bucket where it is larger than that: what it takes beyond is owed. Each node counts for itself.
 */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();
  readonly #perMs: number;

  constructor(
    readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#perMs = perMinute / minuteMs;
  }

  get isOn(): boolean {
    return this.perMinute > 0;
  }

  take(clientId: string, count: number): Allowance {
    const bucket = this.#bucketOf(clientId);
    const needed = Math.min(count, this.perMinute);
    // What does not count is granted also while something is owed.
    const isGranted = count === 0 || bucket.level >= needed;
    if (isGranted) bucket.level -= count;
    const { level } = bucket;
    return {
      isGranted,
      left: Math.max(0, Math.floor(level)),
      fullInMs: (this.perMinute - level) / this.#perMs,
      nextInMs: Math.max(0, (needed - level) / this.#perMs),
    };
  }

  #bucketOf(clientId: string): Bucket {
    const at = this.now();
    const known = this.#buckets.get(clientId);
    if (known !== undefined) {
      known.level = Math.min(this.perMinute, known.level + (at - known.at) * this.#perMs);
      known.at = at;
      return known;
    }
    const bucket = { level: this.perMinute, at };
    this.#buckets.set(clientId, bucket);
    if (this.#buckets.size > maxBuckets) this.#forgetSome(at);
    return bucket;
  }

  /** Full buckets say nothing that a new one would not; if there are none, the oldest goes. */
  #forgetSome(at: number): void {
    for (const [clientId, { level, at: since }] of this.#buckets)
      if (level + (at - since) * this.#perMs >= this.perMinute && since !== at) this.#buckets.delete(clientId);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > maxBuckets && oldest.done !== true) this.#buckets.delete(oldest.value);
  }
}
