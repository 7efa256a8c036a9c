import { describe, expect, it } from '@jest/globals';
import { type Batch, type Subscription } from '../event-store/event-store.port.js';
import { Intake, SubscriptionBroken } from './intake.js';
import { Wake } from './wake.js';

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
    const wake = new Wake();
    const intake = new Intake(subscription, wake, () => now);
    expect(intake.silentMs).toBe(Number.POSITIVE_INFINITY);
    subscription.hand(2);
    await wake.sleep();
    now = 1070;
    expect(intake.take()?.events).toHaveLength(2);
    expect(intake.silentMs).toBe(70);
    // Only the position moved.
    subscription.hand(0);
    await wake.sleep();
    expect(intake.take()?.events).toHaveLength(0);
    expect(intake.silentMs).toBe(70);
    subscription.hand(1);
    await wake.sleep();
    expect(intake.silentMs).toBe(0);
  });

  it('fetches one batch ahead and no more', async () => {
    const subscription = new Handed();
    const wake = new Wake();
    const intake = new Intake(subscription, wake);
    subscription.hand(1);
    await wake.sleep();
    // Nobody pulls for it until the first is taken.
    subscription.hand(1);
    expect(intake.take()?.events).toHaveLength(1);
    expect(intake.take()).toBeNull();
  });

  it('says that a subscription has broken once its last batch is taken', async () => {
    const wake = new Wake();
    const broken: Subscription = {
      close: () => Promise.resolve(),
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }),
    };
    const intake = new Intake(broken, wake);
    await wake.sleep();
    expect(() => intake.take()).toThrow(SubscriptionBroken);
  });
});
