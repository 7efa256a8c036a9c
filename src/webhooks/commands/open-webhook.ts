import { type Streams } from '../../engine/commands/streams.js';
import { WebhookIsDisabled, WebhookNotFound } from '../domain/webhook.refusals.js';
import { type ExistingWebhook } from '../domain/webhook.state.js';
import { webhookStream } from '../domain/webhook.stream.js';

/**
 * The webhook of a client that something may be sent to because it asks; another's is answered like one that does not exist.
 * Throws `WebhookNotFound`, `WebhookIsDisabled`.
 */
export async function openWebhook(streams: Streams, webhookId: string, clientId: string): Promise<ExistingWebhook> {
  const { state } = await streams.load(webhookStream, webhookId);
  if (state.state !== 'LIVE' || state.clientId !== clientId) throw new WebhookNotFound(webhookId);
  if (!state.enabled) throw new WebhookIsDisabled(webhookId);
  return state;
}
