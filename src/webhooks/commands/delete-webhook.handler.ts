import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { DeleteWebhook } from '../domain/webhook.commands.js';
import { webhookKind } from '../webhook.kind.js';
import { type WebhookOutcome, webhookOutcome } from './webhook-outcome.js';

@CommandHandler(DeleteWebhook)
export class DeleteWebhookHandler implements ICommandHandler<DeleteWebhook> {
  constructor(private readonly streams: Streams) {}

  async execute(command: DeleteWebhook): Promise<WebhookOutcome> {
    return webhookOutcome(await this.streams.decideOn(webhookKind, command.webhookId, command));
  }
}
