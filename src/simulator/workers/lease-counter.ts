/** Counts how often each job of a client has been leased: one that comes back may be treated in another way. */
export class LeaseCounter {
  readonly #counts = new Map<string, number>();

  /** The number of this lease among those of its job, from 1. */
  next(jobId: string): number {
    const count = (this.#counts.get(jobId) ?? 0) + 1;
    this.#counts.set(jobId, count);
    return count;
  }
}
