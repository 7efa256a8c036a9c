import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Pool } from 'pg';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { type Recorded } from '../../kernel/recorded.js';
import { DropDelivery, PlanDelivery } from '../domain/delivery.commands.js';
import { deliveryStream } from '../domain/webhook.stream.js';
import { deliveryIdOf } from '../ids.js';
import { candidatesOf, type Deliverable } from './candidates.js';
import { type JobEventReader } from './job-event-reader.js';
import { Replays } from './replays.js';

const cause = { actor: 'process:test', correlationId: null, causationId: null, traceparent: null };
const because = <C extends { because(by: typeof cause & { commandId: string }): C }>(command: C): C =>
  command.because({ ...cause, commandId: randomUUID() });

/** One event that a webhook got from a node, and a replay of it that was asked for behind it in the log, at an instant. */
async function world(gotAt: number, askedAt: number) {
  const [webhookId, clientId, jobId] = [randomUUID(), randomUUID(), randomUUID()];
  const event = {
    id: randomUUID(),
    stream: `job-${jobId}`,
    revision: 2,
    position: 0n,
    metadata: { at: 500, ...cause, schema: 1, chain: '' },
    event: { type: 'JobCanceled', data: { jobId, clientId } },
  } as unknown as Recorded<Deliverable>;
  const store = new MemoryEventStore();
  const earlier = new Streams(store, new StillClock(gotAt), { cachedCharacters: 10_000 });
  const [candidate] = candidatesOf(event);
  if (candidate === undefined) throw new Error('listeners do not want it');
  const deliveryId = deliveryIdOf(webhookId, candidate.eventId);
  const subject = { ...candidate, deliveryId, listenerId: webhookId, callbackUrl: null };
  await earlier.decideOn(deliveryStream, deliveryId, because(new PlanDelivery(subject)));
  await earlier.decideOn(deliveryStream, deliveryId, because(new DropDelivery(deliveryId, 'listener')));
  const until = (await store.head()) ?? 0n;
  const row = {
    ...{ replay_id: randomUUID(), webhook_id: webhookId, client_id: clientId, filters: ['*'] },
    ...{ from_at: new Date(0), to_at: new Date(10_000), asked_at: new Date(askedAt), asked_by: null },
    ...{ done_to: null, until: String(until + 1n) },
  };
  const pool = { query: () => Promise.resolve({ rows: [row] }) } as unknown as Pool;
  const facts = { after: () => Promise.resolve({ events: [event], position: event.position }) };
  return {
    deliveryId,
    streams: new Streams(store, new StillClock(askedAt), { cachedCharacters: 10_000 }),
    replay: async (streams: Streams): Promise<void> => {
      await (
        await new Replays(pool, facts as unknown as JobEventReader, streams).beginNext()
      )?.page;
    },
  };
}

describe('a replay', () => {
  it('is of what came before it in the log, also where the clock of the node that delivered it was ahead', async () => {
    const { replay, streams, deliveryId } = await world(1_500, 1_000);
    await replay(streams);
    expect((await streams.load(deliveryStream, deliveryId)).state).toMatchObject({ state: 'PENDING', isReplay: true });
  });

  it('delivers once, however often its page is read', async () => {
    const { replay, streams, deliveryId } = await world(1_500, 1_000);
    await replay(streams);
    await streams.decideOn(deliveryStream, deliveryId, because(new DropDelivery(deliveryId, 'listener')));
    const { revision } = await streams.load(deliveryStream, deliveryId);
    await replay(streams);
    expect((await streams.load(deliveryStream, deliveryId)).revision).toBe(revision);
  });
});
