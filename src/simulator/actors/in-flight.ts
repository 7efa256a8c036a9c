import { asError } from '../../platform/async/as-error.js';

/** Runs so many things at once at most; who brings one more waits. */
export class InFlight {
  readonly #running = new Set<Promise<void>>();
  #error: Error | null = null;

  constructor(private readonly max: number) {}

  get size(): number {
    return this.#running.size;
  }

  async run(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.max) await Promise.race(this.#running);
    this.#throwFirst();
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#error ??= asError(error);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs, with the first error of all that ran. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#throwFirst();
  }

  #throwFirst(): void {
    if (this.#error !== null) throw this.#error;
  }
}
