import { instant, nullable, pageOf, shape, text, uuid, yes } from '../../platform/http/openapi/answer-schemas.js';
import { publishedDelivery, publishedDeliveryState } from '../queries/delivery.response.js';
import { publishedWebhook } from '../queries/webhook.response.js';

const secret = text;

export const webhookPageSchema = pageOf('WebhookPage', publishedWebhook.schema);

export const secretSchema = shape('WebhookSecret', {
  webhook_id: nullable(uuid),
  secret,
  previous_valid_until: nullable(instant),
});

export const deliveryPageSchema = pageOf('DeliveryPage', publishedDelivery.schema);

export const openedDeliverySchema = shape('OpenedDelivery', {
  delivery_id: uuid,
  webhook_id: uuid,
  state: publishedDeliveryState.schema,
});
export const replaySchema = shape('Replay', { replay_id: uuid, webhook_id: uuid });
export const deletedWebhookSchema = shape('DeletedWebhook', { deleted: yes });
