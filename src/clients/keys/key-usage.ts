import { type Instant } from '../../kernel/instant.js';
import { type Clock } from '../../platform/clock/clock.js';
import { after, type Timer } from '../../platform/clock/timer.js';

/** Where the times of last use are kept. */
export abstract class KeyUses {
  abstract write(uses: ReadonlyMap<string, Instant>): Promise<void>;
}

const onceInMs = 60_000;
const gatherMs = 1_000;
const maxKeys = 10_000;

/** Notes when keys were last used: each key once a minute at most, and all keys of a second in one statement. */
export class KeyUsage {
  readonly #noted = new Map<string, Instant>();
  #unwritten = new Map<string, Instant>();
  #timer: Timer | null = null;

  constructor(
    private readonly uses: KeyUses,
    private readonly clock: Clock,
    private readonly onFailed: (cause: unknown) => void,
  ) {}

  note(keyId: string): void {
    const now = this.clock.now();
    const last = this.#noted.get(keyId);
    if (last !== undefined && Math.abs(now - last) < onceInMs) return;
    // Starting over costs one write per key in use; growing without end would cost more.
    if (this.#noted.size >= maxKeys) this.#noted.clear();
    this.#noted.set(keyId, now);
    this.#unwritten.set(keyId, now);
    this.#timer ??= after(gatherMs, () => void this.flush()).unref();
  }

  async flush(): Promise<void> {
    if (this.#timer !== null) this.#timer.cancel();
    this.#timer = null;
    const uses = this.#unwritten;
    if (uses.size === 0) return;
    this.#unwritten = new Map();
    try {
      await this.uses.write(uses);
    } catch (cause) {
      // A use that was not written is noted again at the next one.
      for (const keyId of uses.keys()) this.#noted.delete(keyId);
      this.onFailed(cause);
    }
  }
}
