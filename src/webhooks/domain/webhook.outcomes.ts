import { type Position } from '../../kernel/recorded.js';
import { type Delivery } from './delivery.decider.js';
import { type ExistingWebhook, type Webhook } from './webhook.state.js';

/** A webhook after a command, with the place of its last event. */
export type WebhookOutcome = Readonly<{ webhook: Webhook; position: Position | null }>;

/** A new webhook, with the one secret that its answer shows. */
export type RegisteredWebhook = Readonly<{ webhook: ExistingWebhook; secret: string; position: Position | null }>;

/** A delivery after a command, with the place of its last event. */
export type DeliveryOutcome = Readonly<{ deliveryId: string; delivery: Delivery; position: Position | null }>;
