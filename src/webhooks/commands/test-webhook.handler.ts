import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { PlanDelivery } from '../domain/delivery.commands.js';
import { testEventName } from '../domain/event-names.js';
import { TestWebhook } from '../domain/webhook.commands.js';
import { type DeliveryOutcome } from '../domain/webhook.outcomes.js';
import { deliveryIdOf } from '../ids.js';
import { openWebhook } from './open-webhook.js';
import { deliveryOutcome } from './webhook-outcome.js';
import { deliveryStream } from '../domain/webhook.stream.js';

@CommandHandler(TestWebhook)
export class TestWebhookHandler implements Handles<TestWebhook> {
  constructor(private readonly streams: Streams) {}

  async execute({ webhookId, clientId, eventId, cause }: TestWebhook): Promise<DeliveryOutcome> {
    await openWebhook(this.streams, webhookId, clientId);
    const deliveryId = deliveryIdOf(webhookId, eventId);
    const command = new PlanDelivery({
      deliveryId,
      listenerId: webhookId,
      clientId,
      callbackUrl: null,
      kind: 'test',
      eventId,
      eventName: testEventName,
      jobId: null,
      scheduleId: null,
      revision: null,
      position: null,
    }).because(cause);
    const decided = await this.streams.decideOn(deliveryStream, deliveryId, command, { expectNew: true });
    return deliveryOutcome(deliveryId, decided);
  }
}
