import {
  count,
  described,
  flag,
  instant,
  listOf,
  nullable,
  oneOf,
  pageOf,
  type Schema,
  shape,
  text,
  uuid,
  whole,
  yes,
} from '../../platform/http/openapi/answer-schemas.js';

const state = oneOf('PENDING', 'DELIVERED', 'EXHAUSTED', 'DROPPED');
const secret = described(text, 'Shown here and never again.');

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
  webhook_id: described(nullable(uuid), 'Null for the callbacks of jobs.'),
  secret,
  previous_valid_until: described(nullable(instant), 'Until then the secret before it signs, too.'),
});

export const deliveryPageSchema = pageOf(
  'DeliveryPage',
  shape('Delivery', {
    delivery_id: uuid,
    webhook_id: described(nullable(uuid), 'Null for a callback.'),
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
