import type { Streams } from '../../engine/commands/streams.js';
import type { DeliverySubject } from '../domain/delivery.events.js';
import { DeliveryNotFound, WebhookIsDisabled, WebhookNotFound } from '../domain/webhook.refusals.js';
import type { ExistingWebhook } from '../domain/webhook.state.js';
import { deliveryKind, webhookKind } from '../webhook.kind.js';

/** Whether something may be sent to a webhook on its owner's wish. Another's is answered like one that does not exist. */
export class OpenDeliveries {
  constructor(private readonly streams: Streams) {}

  async webhook(webhookId: string, clientId: string): Promise<ExistingWebhook> {
    const { state } = await this.streams.load(webhookKind, webhookId);
    if (state.kind !== 'webhook' || state.clientId !== clientId) throw new WebhookNotFound(webhookId);
    if (!state.enabled) throw new WebhookIsDisabled(webhookId);
    return state;
  }

  async delivery(deliveryId: string, webhookId: string): Promise<DeliverySubject> {
    const { state } = await this.streams.load(deliveryKind, deliveryId);
    if (state.state === 'NONE' || state.subject.listenerId !== webhookId) throw new DeliveryNotFound(deliveryId);
    return state.subject;
  }
}
