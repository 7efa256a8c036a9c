const maxKept = 10_000;

/** The workers known to be alive: those that wait for work now, and those that called a short while ago. */
export class LiveWorkers {
  readonly #waiting = new Map<string, number>();
  readonly #seenAt = new Map<string, number>();

  /** A worker that holds a lease speaks at least once in this time. */
  constructor(
    private readonly withinMs: number,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {}

  saw(workerId: string): void {
    // Put back as the youngest, so that the oldest is always the first.
    this.#seenAt.delete(workerId);
    this.#seenAt.set(workerId, this.monotonicNow());
    if (this.#seenAt.size > maxKept) this.#forgetOldest();
  }

  /** It asked for work and has not been answered yet. Answers with what ends the waiting. */
  waits(workerId: string): () => void {
    this.#waiting.set(workerId, (this.#waiting.get(workerId) ?? 0) + 1);
    return () => {
      const left = (this.#waiting.get(workerId) ?? 1) - 1;
      if (left > 0) this.#waiting.set(workerId, left);
      else this.#waiting.delete(workerId);
      this.saw(workerId);
    };
  }

  get count(): number {
    const since = this.monotonicNow() - this.withinMs;
    for (const [workerId, at] of this.#seenAt) {
      if (at >= since) break;
      this.#seenAt.delete(workerId);
    }
    let both = 0;
    for (const workerId of this.#waiting.keys()) if (this.#seenAt.has(workerId)) both += 1;
    return this.#seenAt.size + this.#waiting.size - both;
  }

  #forgetOldest(): void {
    const oldest = this.#seenAt.keys().next();
    if (oldest.done !== true) this.#seenAt.delete(oldest.value);
  }
}
