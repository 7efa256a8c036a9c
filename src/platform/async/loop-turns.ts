import { after } from '../clock/timer.js';
import { type SharedLoop } from './shared-loop.js';

const crowdedTurnMs = 4;

/**
 * Lets a few of each line go on in a turn of the event loop, first come, first served: what arrives meanwhile waits for
 * those few and not for all.
 */
export class LoopTurns {
  readonly #lines = new Map<string, (() => void)[]>();
  /** How many of each line have gone on in this turn. */
  readonly #gone = new Map<string, number>();
  #isScheduled = false;

  constructor(
    readonly perTurn: number,
    /** Where it is given, turns wait a moment while it is crowded. */
    private readonly loop: Pick<SharedLoop, 'isCrowded'> | null = null,
  ) {}

  /** Null where it may go on at once; otherwise resolves in its turn. */
  enter(line: string): Promise<void> | null {
    const gone = this.#gone.get(line) ?? 0;
    if (gone >= this.perTurn || this.#lines.has(line)) return this.next(line);
    this.#gone.set(line, gone + 1);
    this.#schedule();
    return null;
  }

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
    if (this.loop?.isCrowded === true)
      after(crowdedTurnMs, () => {
        this.#turn();
      });
    else
      setImmediate(() => {
        this.#turn();
      });
  }

  #turn(): void {
    this.#isScheduled = false;
    this.#gone.clear();
    for (const [line, waiting] of this.#lines) {
      const going = waiting.splice(0, this.perTurn);
      this.#gone.set(line, going.length);
      for (const goOn of going) goOn();
      if (waiting.length === 0) this.#lines.delete(line);
    }
    if (this.#lines.size > 0 || this.#gone.size > 0) this.#schedule();
  }
}
