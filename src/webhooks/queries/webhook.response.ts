import {
  answered,
  orNull,
  type Publication,
  publishedFlag,
  publishedInstant,
  publishedList,
  publishedText,
  publishedUuid,
  type WireOf,
  withheld,
} from '../../platform/http/openapi/published.js';
import { type WebhookView } from '../domain/webhook.view.js';

/** What is shown of a webhook; its secret is none of it. */
const webhookMembers = {
  webhookId: publishedUuid,
  clientId: withheld,
  url: publishedText,
  events: publishedList(publishedText),
  description: orNull(publishedText),
  enabled: publishedFlag,
  disabledReason: orNull(publishedText),
  createdAt: publishedInstant,
  updatedAt: publishedInstant,
} satisfies Publication<WebhookView>;

/** A webhook as the wire shows it. */
export const publishedWebhook = answered('Webhook', webhookMembers);

export type WebhookAnswer = WireOf<typeof publishedWebhook>;

/** As its registration is answered, which alone shows the secret. */
export const createdWebhook = answered('CreatedWebhook', { ...webhookMembers, secret: publishedText });

export type CreatedWebhookAnswer = WireOf<typeof createdWebhook>;
