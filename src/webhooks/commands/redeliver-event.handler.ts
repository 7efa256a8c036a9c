import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Instant } from '../../kernel/instant.js';
import { type Handles } from '../../kernel/message.js';
import { Clock } from '../../platform/clock/clock.js';
import { isUuidText } from '../../platform/http/validation/formats.js';
import { RepeatDelivery } from '../domain/delivery.commands.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { RedeliverEvent } from '../domain/webhook.commands.js';
import { type DeliveryOutcome } from '../domain/webhook.outcomes.js';
import { DeliveryNotFound } from '../domain/webhook.refusals.js';
import { openWebhook } from './open-webhook.js';
import { deliveryOutcome } from './webhook-outcome.js';
import { deliveryStream } from '../domain/webhook.stream.js';

@CommandHandler(RedeliverEvent)
export class RedeliverEventHandler implements Handles<RedeliverEvent> {
  constructor(
    private readonly streams: Streams,
    private readonly clock: Clock,
  ) {}

  async execute({ webhookId, clientId, deliveryId, cause }: RedeliverEvent): Promise<DeliveryOutcome> {
    await openWebhook(this.streams, webhookId, clientId);
    const { subject, lastAt } = await this.#find(deliveryId, webhookId);
    // Not before what this delivery has come to, by whichever node's clock.
    const askedAt = Math.max(this.clock.now(), lastAt);
    const command = new RepeatDelivery(subject, false, askedAt).because(cause);
    const decided = await this.streams.decideOn(deliveryStream, subject.deliveryId, command);
    return deliveryOutcome(subject.deliveryId, decided);
  }

  async #find(
    text: string,
    webhookId: string,
  ): Promise<{ readonly subject: DeliverySubject; readonly lastAt: Instant }> {
    if (!isUuidText(text)) throw new DeliveryNotFound(text.slice(0, 100));
    const deliveryId = text.toLowerCase();
    const { state, lastAt } = await this.streams.load(deliveryStream, deliveryId);
    if (state.state === 'NONE' || state.subject.listenerId !== webhookId) throw new DeliveryNotFound(deliveryId);
    return { subject: state.subject, lastAt: lastAt ?? Number.NEGATIVE_INFINITY };
  }
}
