import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { IssueCallbackSecret } from '../domain/webhook.commands.js';
import { webhookKind } from '../webhook.kind.js';
import { type WebhookOutcome, webhookOutcome } from './webhook-outcome.js';

@CommandHandler(IssueCallbackSecret)
export class IssueCallbackSecretHandler implements ICommandHandler<IssueCallbackSecret> {
  constructor(private readonly streams: Streams) {}

  async execute(command: IssueCallbackSecret): Promise<WebhookOutcome> {
    return webhookOutcome(await this.streams.decideOn(webhookKind, command.webhookId, command));
  }
}
