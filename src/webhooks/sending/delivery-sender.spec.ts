import { describe, expect, it } from '@jest/globals';
import { type AttemptParts } from './delivery-attempt.js';
import { DeliverySignal } from './delivery-signal.js';
import { type DeliveryPlanner } from './delivery-planner.js';
import { DeliverySender } from './delivery-sender.js';
import { type Replays } from './replays.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';

describe('the sender of deliveries', () => {
  it('looks for what can go while there is still something to plan', async () => {
    const batches = 100;
    let planned = 0;
    let look: (left: number) => void = () => undefined;
    const looked = new Promise<number>((resolve) => {
      look = resolve;
    });
    const queue = {
      take: () => {
        // It looks once at the start, and without a signal again after a minute.
        if (planned > 0) look(batches - planned);
        return Promise.resolve([]);
      },
      nextDueAt: () => Promise.resolve(null),
      untriedAtOnce: () => Promise.resolve(),
    };
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const planSome = async (): Promise<boolean> => {
      for (let turns = 0; turns < 5; turns += 1) await turn();
      planned += 1;
      return planned < batches;
    };
    const failed: unknown[] = [];
    const sender = new DeliverySender(
      { queue, clock: { due: () => 0 }, policy: { timeoutMs: 1 } } as unknown as AttemptParts,
      { planSome } as unknown as DeliveryPlanner,
      { beginNext: () => Promise.resolve(null) } as unknown as Replays,
      { failed: (_what, error) => failed.push(error), putOff: () => undefined },
      new SharedLoop(),
      { pollMs: 60_000 },
    );
    sender.start(new DeliverySignal());
    expect(await looked).toBeGreaterThan(0);
    await sender.stop();
    expect(failed).toEqual([]);
  });
});
