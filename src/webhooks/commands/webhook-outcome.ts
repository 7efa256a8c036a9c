import { type Decided } from '../../engine/commands/streams.js';
import { type Delivery } from '../domain/delivery.decider.js';
import { type DeliveryEvent } from '../domain/delivery.events.js';
import { type WebhookEvent } from '../domain/webhook.events.js';
import { type DeliveryOutcome, type WebhookOutcome } from '../domain/webhook.outcomes.js';
import { type Webhook } from '../domain/webhook.state.js';

export const webhookOutcome = ({ state, position }: Decided<Webhook, WebhookEvent>): WebhookOutcome => ({
  webhook: state,
  position,
});

export const deliveryOutcome = (
  deliveryId: string,
  { state, position }: Decided<Delivery, DeliveryEvent>,
): DeliveryOutcome => ({ deliveryId, delivery: state, position });
