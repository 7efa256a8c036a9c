const maxKept = 10_000;

/**
 * Streams to which an append of this process may still arrive: it was sent, and no answer said what became of it. A
 * server that hung carries such calls out when it wakes, after calls that were sent later.
 */
export class InDoubtAppends {
  /** By stream, when the log last failed it, on the clock of `performance.now()`. */
  readonly #since = new Map<string, number>();

  constructor(private readonly lastMs: number) {}

  mark(stream: string): void {
    this.#since.delete(stream);
    this.#since.set(stream, performance.now());
    for (const oldest of this.#since.keys()) {
      if (this.#since.size <= maxKept) break;
      this.#since.delete(oldest);
    }
  }

  /** The log failed again: the time begins anew where there is a doubt. */
  extend(stream: string): void {
    if (this.#since.has(stream)) this.mark(stream);
  }

  has(stream: string): boolean {
    const since = this.#since.get(stream);
    if (since === undefined) return false;
    if (performance.now() - since < this.lastMs) return true;
    this.#since.delete(stream);
    return false;
  }
}
