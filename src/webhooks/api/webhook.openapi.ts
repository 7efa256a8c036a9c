import {
  choices,
  count,
  flag,
  instant,
  listOf,
  nullable,
  pageOf,
  type Schema,
  shape,
  text,
  uuid,
  whole,
  yes,
} from '../../platform/http/openapi/answer-schemas.js';

const state = choices('DeliveryState', 'PENDING', 'DELIVERED', 'EXHAUSTED', 'DROPPED');
const secret = text;

const webhook: Readonly<Record<string, Schema>> = {
  webhook_id: uuid,
  url: text,
  events: listOf(text),
  description: nullable(text),
  enabled: flag,
  disabled_reason: nullable(text),
  created_at: instant,
  updated_at: instant,
};

export const webhookSchema = shape('Webhook', webhook);
export const createdWebhookSchema = shape('CreatedWebhook', { ...webhook, secret });
export const webhookPageSchema = pageOf('WebhookPage', webhookSchema);

export const secretSchema = shape('WebhookSecret', {
  webhook_id: nullable(uuid),
  secret,
  previous_valid_until: nullable(instant),
});

export const deliveryPageSchema = pageOf(
  'DeliveryPage',
  shape('Delivery', {
    delivery_id: uuid,
    webhook_id: nullable(uuid),
    event_id: uuid,
    event_name: text,
    job_id: nullable(uuid),
    state,
    next_attempt_at: nullable(instant),
    attempts: listOf(
      shape('DeliveryAttempt', {
        attempt: count,
        at: instant,
        status: nullable(whole),
        duration_ms: count,
        error: nullable(text),
      }),
    ),
  }),
);

export const openedDeliverySchema = shape('OpenedDelivery', { delivery_id: uuid, webhook_id: uuid, state });
export const replaySchema = shape('Replay', { replay_id: uuid, webhook_id: uuid });
export const deletedWebhookSchema = shape('DeletedWebhook', { deleted: yes });
