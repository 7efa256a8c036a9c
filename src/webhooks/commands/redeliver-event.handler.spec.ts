import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { StillClock } from '../../../test/support/still-clock.js';
import { Streams } from '../../engine/commands/streams.js';
import { PlanDelivery, DropDelivery } from '../domain/delivery.commands.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { CreateWebhook, RedeliverEvent } from '../domain/webhook.commands.js';
import { deliveryStream, webhookStream } from '../domain/webhook.stream.js';
import { RedeliverEventHandler } from './redeliver-event.handler.js';

const cause = { commandId: '', actor: 'key:a', correlationId: null, causationId: null, traceparent: null };
const because = <C extends { because(by: typeof cause): C }>(command: C): C =>
  command.because({ ...cause, commandId: randomUUID() });

describe('a request for one delivery', () => {
  it('is carried out by a node whose clock is behind that of the node which made it last', async () => {
    const store = new MemoryEventStore();
    const [webhookId, clientId, deliveryId] = [randomUUID(), randomUUID(), randomUUID()];
    const ahead = new Streams(store, new StillClock(1_500), { cachedCharacters: 10_000 });
    const requested = { url: 'https://example.com/', events: ['job.*'], description: null };
    await ahead.decideOn(webhookStream, webhookId, because(new CreateWebhook(webhookId, clientId, requested, 's1')));
    const subject: DeliverySubject = {
      deliveryId,
      listenerId: webhookId,
      clientId,
      callbackUrl: null,
      kind: 'job',
      scheduleId: null,
      eventId: randomUUID(),
      eventName: 'job.succeeded',
      jobId: randomUUID(),
      revision: 4,
      position: '17',
    };
    await ahead.decideOn(deliveryStream, deliveryId, because(new PlanDelivery(subject)));
    await ahead.decideOn(deliveryStream, deliveryId, because(new DropDelivery(deliveryId, 'listener')));

    const clock = new StillClock(1_000);
    const behind = new Streams(store, clock, { cachedCharacters: 10_000 });
    const handler = new RedeliverEventHandler(behind, clock);
    await handler.execute(because(new RedeliverEvent(webhookId, clientId, deliveryId)));
    expect((await behind.load(deliveryStream, deliveryId)).state).toMatchObject({ state: 'PENDING' });
  });
});
