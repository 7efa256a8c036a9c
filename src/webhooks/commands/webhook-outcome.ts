import type { Decided } from '../../engine/commands/streams.js';
import type { Position } from '../../kernel/recorded.js';
import type { Delivery } from '../domain/delivery.decider.js';
import type { DeliveryEvent } from '../domain/delivery.events.js';
import type { WebhookEvent } from '../domain/webhook.events.js';
import type { Webhook } from '../domain/webhook.state.js';

/** A webhook after a command, with the place of its last event. */
export type WebhookOutcome = Readonly<{ webhook: Webhook; position: Position | null }>;

export const webhookOutcome = ({ state, position }: Decided<Webhook, WebhookEvent>): WebhookOutcome => ({
  webhook: state,
  position,
});

/** A delivery after a command, with the place of its last event. */
export type DeliveryOutcome = Readonly<{ deliveryId: string; delivery: Delivery; position: Position | null }>;

export const deliveryOutcome = (
  deliveryId: string,
  { state, position }: Decided<Delivery, DeliveryEvent>,
): DeliveryOutcome => ({ deliveryId, delivery: state, position });
