import { type Batch, type Subscription } from '../event-store/event-store.port.js';
import { asError } from '../../platform/async/as-error.js';
import { type Signal } from '../../platform/async/signal.js';

/** The log stopped delivering; subscribing again is all there is to do. */
export class SubscriptionBroken extends Error {}

/** Keeps one pull of a subscription under way, so that the next batch is fetched while the one at hand is written. */
export class Prefetch {
  readonly #batches: AsyncIterator<Batch, unknown>;
  #arrived: Batch | null = null;
  #failure: Error | null = null;
  #lastEventsAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly subscription: Subscription,
    private readonly signal: Signal,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {
    this.#batches = subscription[Symbol.asyncIterator]();
    void this.#pull();
  }

  /** For how long no events have arrived, in milliseconds. */
  get silentMs(): number {
    return this.monotonicNow() - this.#lastEventsAt;
  }

  /** The batch that has arrived, if one has; the signal is notified when one does. Throws `SubscriptionBroken`. */
  take(): Batch | null {
    const batch = this.#arrived;
    if (batch !== null) {
      this.#arrived = null;
      void this.#pull();
    } else if (this.#failure !== null) {
      throw new SubscriptionBroken(this.#failure.message, { cause: this.#failure });
    }
    return batch;
  }

  /** Lets go of the subscription, without waiting for one that may be dead. */
  close(failed: (error: Error) => void): void {
    this.subscription.close().catch((error: unknown) => {
      failed(asError(error));
    });
  }

  async #pull(): Promise<void> {
    try {
      const next: IteratorResult<Batch, unknown> = await this.#batches.next();
      if (next.done === true) this.#failure = new Error('the subscription ended');
      else this.#arrive(next.value);
    } catch (error) {
      this.#failure = asError(error);
    }
    this.signal.notify();
  }

  #arrive(batch: Batch): void {
    this.#arrived = batch;
    if (batch.events.length > 0) this.#lastEventsAt = this.monotonicNow();
  }
}
