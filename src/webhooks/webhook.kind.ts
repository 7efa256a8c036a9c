import type { StreamKind } from '../engine/commands/stream-kind.js';
import type { DeliveryCommand } from './domain/delivery.commands.js';
import { type Delivery, deliveryDecider } from './domain/delivery.decider.js';
import type { DeliveryEvent } from './domain/delivery.events.js';
import type { WebhookCommand } from './domain/webhook.commands.js';
import { webhookDecider } from './domain/webhook.decider.js';
import type { WebhookEvent } from './domain/webhook.events.js';
import { deliverySchemas, webhookSchemas } from './domain/webhook.schemas.js';
import type { Webhook } from './domain/webhook.state.js';

export const webhookKind: StreamKind<Webhook, WebhookCommand, WebhookEvent> = {
  schemas: webhookSchemas,
  decider: webhookDecider,
  whenGone: { kind: 'conflict', code: 'RFA_WEBHOOK_CONFLICT' },
  weigh: () => 2000,
};

export const deliveryKind: StreamKind<Delivery, DeliveryCommand, DeliveryEvent> = {
  schemas: deliverySchemas,
  decider: deliveryDecider,
  isOneTrace: true,
  whenGone: { kind: 'not-found', code: 'RFA_DELIVERY_NOT_FOUND' },
  weigh: () => 800,
};
