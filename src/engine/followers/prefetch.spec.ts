import { describe, expect, it } from '@jest/globals';
import { type Batch, type Subscription } from '../event-store/event-store.port.js';
import { Prefetch, SubscriptionBroken } from './prefetch.js';
import { Signal } from '../../platform/async/signal.js';

/** A subscription whose batches come when they are handed in. */
class Handed implements Subscription {
  readonly #waiting: ((next: IteratorResult<Batch>) => void)[] = [];

  hand(events: number): void {
    const batch = { events: Array.from({ length: events }), position: 1n, caughtUp: true } as unknown as Batch;
    this.#waiting.shift()?.({ done: false, value: batch });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return { next: () => new Promise((resolve) => this.#waiting.push(resolve)) };
  }
}

describe('an intake', () => {
  it('tells for how long no events have arrived, however late they are taken', async () => {
    let now = 1000;
    const subscription = new Handed();
    const signal = new Signal();
    const prefetch = new Prefetch(subscription, signal, () => now);
    expect(prefetch.silentMs).toBe(Number.POSITIVE_INFINITY);
    subscription.hand(2);
    await signal.sleep();
    now = 1070;
    expect(prefetch.take()?.events).toHaveLength(2);
    expect(prefetch.silentMs).toBe(70);
    // Only the position moved.
    subscription.hand(0);
    await signal.sleep();
    expect(prefetch.take()?.events).toHaveLength(0);
    expect(prefetch.silentMs).toBe(70);
    subscription.hand(1);
    await signal.sleep();
    expect(prefetch.silentMs).toBe(0);
  });

  it('fetches one batch ahead and no more', async () => {
    const subscription = new Handed();
    const signal = new Signal();
    const prefetch = new Prefetch(subscription, signal);
    subscription.hand(1);
    await signal.sleep();
    // It is not pulled until the first is taken.
    subscription.hand(1);
    expect(prefetch.take()?.events).toHaveLength(1);
    expect(prefetch.take()).toBeNull();
  });

  it('says that a subscription has broken once its last batch is taken', async () => {
    const signal = new Signal();
    const broken: Subscription = {
      close: () => Promise.resolve(),
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }),
    };
    const prefetch = new Prefetch(broken, signal);
    await signal.sleep();
    expect(() => prefetch.take()).toThrow(SubscriptionBroken);
  });
});
