import { describe, expect, it } from '@jest/globals';
import { type Streams } from '../../engine/commands/streams.js';
import { DeliveryPlanner } from './delivery-planner.js';
import { type DeliveryQueue } from './delivery-queue.js';
import { type FannedOut, type FanOut } from './fan-out.js';
import { SharedLoop } from '../../platform/async/shared-loop.js';

const waiting = (listenerId: string, place: string): FannedOut =>
  ({ subject: { deliveryId: `${listenerId}${place}`, listenerId, clientId: 'c' }, place }) as FannedOut;

describe('a planner', () => {
  it('lets nothing of a webhook go out before what came earlier, when that could not be planned', async () => {
    const found = [waiting('a', '1'), waiting('b', '1'), waiting('a', '2'), waiting('b', '2')];
    const queued: string[] = [];
    const fanOut = {
      next: () => Promise.resolve(found),
      record: (planned: readonly FannedOut[]) => {
        queued.push(...planned.map(({ subject }) => subject.deliveryId));
        return Promise.resolve();
      },
    } as unknown as FanOut;
    const failure = new Error('the log does not answer');
    const streams = {
      decideOnMany: (_: unknown, commands: readonly { readonly id: string }[]) =>
        Promise.resolve(commands.map(({ id }) => (id === 'a1' ? failure : {}))),
    } as unknown as Streams;
    const queue = { unplanned: () => Promise.resolve([]) } as unknown as DeliveryQueue;
    await expect(new DeliveryPlanner(queue, fanOut, streams, new SharedLoop()).planSome()).rejects.toBe(failure);
    expect(queued).toEqual(['b1', 'b2']);
  });
});
