import { type ExistingWebhook } from '../domain/webhook.state.js';
import { type ListedWebhook } from './webhook-table.js';

/** A webhook as the wire shows it; never with its secret. */
export interface WebhookAnswer {
  readonly webhook_id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabled_reason: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const answerFromListed = (webhook: ListedWebhook): WebhookAnswer => ({
  webhook_id: webhook.webhookId,
  url: webhook.url,
  events: webhook.events,
  description: webhook.description,
  enabled: webhook.enabled,
  disabled_reason: webhook.disabledReason,
  created_at: webhook.createdAt.toISOString(),
  updated_at: webhook.updatedAt.toISOString(),
});

export const answerFromState = ({ createdAt, updatedAt, ...webhook }: ExistingWebhook): WebhookAnswer =>
  answerFromListed({ ...webhook, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt), place: '' });
