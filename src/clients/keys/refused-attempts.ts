/** One request that the door turned away. It never holds the key, only its id where one is known. */
export type RefusedAttempt = Readonly<{
  code: string;
  keyId: string | null;
  address: string;
  method: string;
  path: string;
}>;

/** Counts those who were turned away, by reason, and tells the log about each. */
export class RefusedAttempts {
  readonly #counts = new Map<string, number>();

  constructor(private readonly report: (attempt: RefusedAttempt) => void) {}

  note(attempt: RefusedAttempt): void {
    this.#counts.set(attempt.code, (this.#counts.get(attempt.code) ?? 0) + 1);
    this.report(attempt);
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
