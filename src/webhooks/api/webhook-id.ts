import { isUuidText } from '../../platform/http/validation/formats.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';

/** An id as ids are written; what is not one belongs to no webhook. Throws `WebhookNotFound`. */
export function webhookIdFrom(text: string): string {
  if (!isUuidText(text)) throw new WebhookNotFound(text.slice(0, 100));
  return text.toLowerCase();
}
