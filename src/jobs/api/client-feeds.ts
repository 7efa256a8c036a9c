import { Observable, type Subscription } from 'rxjs';
import { type LiveEvents } from '../../engine/event-store/live-events.js';
import { type ProjectionProgress, TooManyWaiters } from '../../engine/projector/projection-progress.js';
import { type Position } from '../../kernel/recorded.js';
import { type SharedLoop } from '../../platform/async/shared-loop.js';
import { nextTurn } from '../../platform/async/next-turn.js';
import { sleep } from '../../platform/clock/timer.js';
import { jobStream } from '../domain/job.stream.js';

const maxWaitMs = 5_000;

/**
 * Notifies the open streams of a client that there is something to read: once the read model has what was appended.
 * Followed and waited for once for all streams of a client, because a client may have hundreds of them, and each of its
 * events would cost as many looks in the one thread that all clients share.
 */
export class ClientFeeds {
  readonly #feeds = new Map<string, ClientFeed>();

  constructor(
    private readonly live: LiveEvents,
    private readonly progress: ProjectionProgress,
    private readonly loop: SharedLoop,
  ) {}

  /** Emits whenever there may be more. */
  of(clientId: string): Observable<void> {
    return new Observable((subscriber) => {
      const feed = this.#feeds.get(clientId) ?? new ClientFeed(this.progress, this.loop);
      this.#feeds.set(clientId, feed);
      const wake = (): void => {
        subscriber.next();
      };
      feed.add(wake, () => this.live.ofClient(jobStream.category, clientId));
      return () => {
        if (feed.remove(wake)) this.#feeds.delete(clientId);
      };
    });
  }
}

/** A client's streams take no more than about half of what one thread can write in the meantime, and a tenth where others are here. */
const restMsPerStream = { alone: 0.2, beside: 1 };

const wokenPerTurn = { alone: Number.POSITIVE_INFINITY, beside: 16 };

class ClientFeed {
  readonly #wakes = new Set<() => void>();
  #subscription: Subscription | null = null;
  /** How far the log was seen last. */
  #newest: Position | null = null;
  #isAnnouncing = false;

  constructor(
    private readonly progress: ProjectionProgress,
    private readonly loop: SharedLoop,
  ) {}

  add(wake: () => void, live: () => ReturnType<LiveEvents['ofClient']>): void {
    this.#wakes.add(wake);
    this.#subscription ??= live().subscribe(({ position }) => {
      if (position === null || (this.#newest !== null && position <= this.#newest)) return;
      this.#newest = position;
      if (!this.#isAnnouncing) void this.#announce();
    });
  }

  /** Whether it was the last. */
  remove(wake: () => void): boolean {
    this.#wakes.delete(wake);
    if (this.#wakes.size > 0) return false;
    this.#subscription?.unsubscribe();
    return true;
  }

  /** What comes while the read model is waited for is waited for next. */
  async #announce(): Promise<void> {
    this.#isAnnouncing = true;
    let announced: Position | null = null;
    while (announced !== this.#newest && this.#wakes.size > 0) {
      const newest: Position | null = this.#newest;
      if (newest === null || (await this.#isShown(newest))) announced = newest;
      await this.#wake();
      // Writing to each costs the same however much it is told: many streams are told more at a time, and less often.
      await sleep(this.#wakes.size * this.loop.pieceOf(restMsPerStream));
    }
    this.#isAnnouncing = false;
  }

  /** Each looks up its page as it wakes, which is little, but hundreds of them in one turn are not. */
  async #wake(): Promise<void> {
    let woken = 0;
    for (const wake of this.#wakes) {
      wake();
      woken += 1;
      if (woken % this.loop.pieceOf(wokenPerTurn) === 0) await nextTurn();
    }
  }

  /** False where it took too long, or where too much is being waited for. */
  async #isShown(position: Position): Promise<boolean> {
    try {
      return await this.progress.waitFor('client-events', position, maxWaitMs);
    } catch (error) {
      if (!(error instanceof TooManyWaiters)) throw error;
      await sleep(maxWaitMs);
      return false;
    }
  }
}
