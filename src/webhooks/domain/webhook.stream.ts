import { type StreamDefinition } from '../../kernel/stream-definition.js';
import { type DeliveryCommand } from './delivery.commands.js';
import { type Delivery, deliveryDecider } from './delivery.decider.js';
import { type DeliveryEvent } from './delivery.events.js';
import { attemptFromV2 } from './delivery.upcasts.js';
import { type WebhookCommand } from './webhook.commands.js';
import { webhookDecider } from './webhook.decider.js';
import { type WebhookEvent } from './webhook.events.js';
import { type Webhook } from './webhook.state.js';

/** Raise a version when an event's data changes shape, and add the step from the old one. */
export const webhookStream: StreamDefinition<Webhook, WebhookCommand, WebhookEvent> = {
  category: 'webhook',
  versions: {
    WebhookCreated: 1,
    WebhookChanged: 1,
    WebhookEnabled: 1,
    WebhookDisabled: 1,
    WebhookSecretRotated: 1,
    WebhookFailing: 1,
    WebhookRecovered: 1,
    WebhookReplayRequested: 1,
    WebhookDeleted: 1,
    CallbackSecretIssued: 1,
    WebhookSecretsSealedAnew: 1,
  },
  upcast: {},
  decider: webhookDecider,
  whenGone: { kind: 'conflict', code: 'RFA_WEBHOOK_CONFLICT' },
  weigh: () => 2000,
};

export const deliveryStream: StreamDefinition<Delivery, DeliveryCommand, DeliveryEvent> = {
  category: 'delivery',
  versions: {
    DeliveryPlanned: 2,
    DeliveryAttempted: 3,
    DeliverySucceeded: 1,
    DeliveryExhausted: 1,
    DeliveryDropped: 1,
    DeliveryReopened: 2,
  },
  upcast: {
    // Until then only jobs had events to deliver.
    DeliveryPlanned: { 1: (data) => ({ ...data, scheduleId: null }) },
    DeliveryReopened: { 1: (data) => ({ ...data, scheduleId: null }) },
    // Until then each attempt counted as one that went out.
    DeliveryAttempted: { 1: (data) => ({ ...data, isSent: true }), 2: attemptFromV2 },
  },
  decider: deliveryDecider,
  isOneTrace: true,
  whenGone: { kind: 'not-found', code: 'RFA_DELIVERY_NOT_FOUND' },
  weigh: () => 800,
};
