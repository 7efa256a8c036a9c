import { type Position, type Recorded } from '../../../kernel/recorded.js';
import { type Subscription } from '../event-store.port.js';
import { RecentEvents } from '../recent-events.js';
import { pause } from '../../../platform/async/pause.js';
import { asError } from '../../../platform/async/as-error.js';

interface SharedTailParts {
  /** Where the log ends now. */
  readonly end: () => Promise<Position | null>;
  /** A subscription to the whole log. */
  readonly subscribe: (after: Position | null) => Subscription;
  readonly onError: (error: Error) => void;
}

const bounds = { events: 4096, characters: 8 * 1024 * 1024 };
const retryMs = 500;

/**
 * The live end of the log, kept in memory for all readers of a process. One subscription on the server serves all that
 * keep up, and one whose events are rare still learns at once how far the log has come.
 */
export class SharedTail {
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();
  #recent: RecentEvents | null = null;
  #subscription: Subscription | null = null;
  #running: Promise<void> | null = null;

  constructor(private readonly parts: SharedTailParts) {}

  /** From now on it gathers. Repeatable. */
  open(): void {
    this.#running ??= this.#run();
  }

  get isOpen(): boolean {
    return this.#recent !== null;
  }

  /** Everything up to here is known to a reader that has taken what `after` gave. */
  get through(): Position {
    return this.#recent?.through ?? 0n;
  }

  covers(position: Position | null): boolean {
    return this.after(position, 0) !== null;
  }

  /** Up to `most` events after a position; null when it reaches back too far. */
  after(position: Position | null, most: number): readonly Recorded[] | null {
    return this.#recent?.after(position ?? 0n, most) ?? null;
  }

  /** Resolves when the log has gone on beyond the position, or when the signal fires. */
  async somethingAfter(position: Position | null, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.through > (position ?? 0n)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#subscription?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed()) {
      try {
        const after = await this.parts.end();
        if (!this.#isClosed()) await this.#gather(after);
      } catch (error) {
        this.parts.onError(asError(error));
        await pause(retryMs, this.#closing.signal);
      }
    }
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #gather(after: Position | null): Promise<void> {
    this.#subscription = this.parts.subscribe(after);
    const recent = new RecentEvents(after ?? 0n, bounds);
    this.#recent = recent;
    this.#notify();
    for await (const { events, position } of this.#subscription) {
      recent.add(events, events.map(sizeOf), position);
      this.#notify();
    }
  }

  #notify(): void {
    for (const done of [...this.#waiting]) done();
  }
}

const sizeOf = ({ event }: Recorded): number => JSON.stringify(event.data).length;
