import { handledBy } from '../../engine/commands/handled-by.handlers.js';
import { Streams } from '../../engine/commands/streams.js';
import { DeleteWebhook, IssueCallbackSecret, RotateSecret, type WebhookCommand } from '../domain/webhook.commands.js';
import { type WebhookOutcome } from '../domain/webhook.outcomes.js';
import { webhookOutcome } from './webhook-outcome.js';
import { webhookStream } from '../domain/webhook.stream.js';

const decide = async (streams: Streams, command: WebhookCommand): Promise<WebhookOutcome> =>
  webhookOutcome(await streams.decideOn(webhookStream, command.webhookId, command));

/** Handlers that only pass commands of webhooks on. */
export const webhookHandlers = [
  handledBy(Streams, DeleteWebhook, decide),
  handledBy(Streams, IssueCallbackSecret, decide),
  handledBy(Streams, RotateSecret, decide),
];
