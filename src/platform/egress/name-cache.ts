import { type NameFailure } from './names.js';

/** What a look-up came to: addresses, or why there are none. */
export type NameAnswer = readonly string[] | NameFailure;

/** Remembers what look-ups came to, each for its own time, and the newest so many of them. */
export class NameCache {
  readonly #answers = new Map<string, { readonly answer: NameAnswer; readonly until: number }>();

  constructor(
    private readonly maxNames: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Null: nothing is known, or not any more. */
  get(name: string): NameAnswer | null {
    const known = this.#answers.get(name);
    if (known === undefined) return null;
    if (known.until > this.now()) return known.answer;
    this.#answers.delete(name);
    return null;
  }

  put(name: string, answer: NameAnswer, forMs: number): void {
    this.#answers.delete(name);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < this.maxNames) break;
      this.#answers.delete(oldest);
    }
    this.#answers.set(name, { answer, until: this.now() + forMs });
  }
}
