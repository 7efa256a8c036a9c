import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { pause } from './pause.js';

/** A client that has wanted something is here for so long, in milliseconds. */
const hereForMs = 1_000;
/** How busy the event loop may be on one client's account while others are here; the rest is for what they ask next. */
const crowdedAbove = 0.35;
/** Over how long that is measured, in milliseconds. */
const measuredForMs = 20;
const restMs = 5;

/** What the loop is asked about, for a test to answer. */
interface LoopClock {
  now(): number;
  /** The share of the time since `before` in which the loop was busy, and what to ask with next time. */
  busySince(before: EventLoopUtilization | null): { readonly share: number; readonly mark: EventLoopUtilization };
}

const ofThisProcess: LoopClock = {
  now: () => performance.now(),
  busySince(before) {
    const mark = performance.eventLoopUtilization();
    return { share: before === null ? 0 : performance.eventLoopUtilization(mark, before).utilization, mark };
  },
};

/**
 * The one thread that all clients share, and whether several of them want something of it at the moment. While they do, what
 * one of them asks for is done in smaller pieces, and what it has begun in numbers rests while the loop is crowded: what the
 * others want finds the loop and the database free within a moment. Alone, a client may have it all.
 */
export class SharedLoop {
  #last: string | null = null;
  #lastAt = Number.NEGATIVE_INFINITY;
  /** When the last of the others was here. */
  #otherAt = Number.NEGATIVE_INFINITY;
  #mark: EventLoopUtilization | null = null;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #busy = 0;

  constructor(private readonly clock: LoopClock = ofThisProcess) {}

  /** A client wants something, or something is done for it. */
  saw(client: string): void {
    if (client !== this.#last) {
      this.#otherAt = this.#lastAt;
      this.#last = client;
    }
    this.#lastAt = this.clock.now();
  }

  get isShared(): boolean {
    const since = this.clock.now() - hereForMs;
    return this.#lastAt > since && this.#otherAt > since;
  }

  /** Whether it is shared, and so busy that what is asked next would wait. */
  get isCrowded(): boolean {
    return this.isShared && this.#busyShare() > crowdedAbove;
  }

  /** How much to do at once: `alone` where one client is here, `beside` where others are, too. */
  pieceOf({ alone, beside }: { readonly alone: number; readonly beside: number }): number {
    return this.isShared ? beside : alone;
  }

  /** For what one client has begun in numbers: resolves at once, or a moment later where the loop is crowded. */
  async rest(signal?: AbortSignal): Promise<void> {
    if (this.isCrowded) await pause(restMs, signal);
  }

  #busyShare(): number {
    const now = this.clock.now();
    if (now - this.#measuredAt < measuredForMs) return this.#busy;
    const { share, mark } = this.clock.busySince(this.#mark);
    this.#busy = share;
    this.#mark = mark;
    this.#measuredAt = now;
    return share;
  }
}
