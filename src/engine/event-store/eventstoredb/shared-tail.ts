import { type Position, type Recorded } from '../../../kernel/recorded.js';
import { type Subscription } from '../event-store.port.js';
import { LiveTail } from '../live-tail.js';
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
 * Fills the live tail of a process from one subscription on the server, which serves all readers that keep up. One whose
 * events are rare still learns at once how far the log has come.
 */
export class SharedTail {
  readonly #closing = new AbortController();
  readonly #live = new LiveTail(0n, bounds);
  #isOpen = false;
  #subscription: Subscription | null = null;
  #running: Promise<void> | null = null;

  constructor(private readonly parts: SharedTailParts) {}

  /** From now on it gathers. Repeatable. */
  open(): void {
    this.#running ??= this.#run();
  }

  /** Null until the first events can be taken from it. */
  get live(): LiveTail | null {
    return this.#isOpen ? this.#live : null;
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
    this.#live.restart(after ?? 0n);
    this.#isOpen = true;
    for await (const { events, position } of this.#subscription) this.#live.add(events, events.map(sizeOf), position);
  }
}

const sizeOf = ({ event }: Recorded): number => JSON.stringify(event.data).length;
