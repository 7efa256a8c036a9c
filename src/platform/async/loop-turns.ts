/**
 * Lets a few of each line go on in a turn of the event loop, first come, first served: what arrives meanwhile waits for
 * those few and not for all.
 */
export class LoopTurns {
  readonly #lines = new Map<string, (() => void)[]>();
  #isScheduled = false;

  constructor(readonly perTurn: number) {}

  /** Resolves in its turn, which is never this one. */
  next(line: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#lines.get(line) ?? [];
      waiting.push(resolve);
      this.#lines.set(line, waiting);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      for (const [line, waiting] of this.#lines) {
        for (const goOn of waiting.splice(0, this.perTurn)) goOn();
        if (waiting.length === 0) this.#lines.delete(line);
      }
      if (this.#lines.size > 0) this.#schedule();
    });
  }
}
