import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { RotateSecret } from '../domain/webhook.commands.js';
import { webhookKind } from '../webhook.kind.js';
import { type WebhookOutcome, webhookOutcome } from './webhook-outcome.js';

@CommandHandler(RotateSecret)
export class RotateSecretHandler implements ICommandHandler<RotateSecret> {
  constructor(private readonly streams: Streams) {}

  async execute(command: RotateSecret): Promise<WebhookOutcome> {
    return webhookOutcome(await this.streams.decideOn(webhookKind, command.webhookId, command));
  }
}
