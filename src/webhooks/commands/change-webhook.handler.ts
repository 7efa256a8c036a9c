import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { ChangeWebhook } from '../domain/webhook.commands.js';
import { type WebhookOutcome } from '../domain/webhook.outcomes.js';
import { WebhookChecks } from './webhook-checks.js';
import { webhookOutcome } from './webhook-outcome.js';
import { WebhookUniqueness } from './webhook-uniqueness.js';
import { webhookStream } from '../domain/webhook.stream.js';

@CommandHandler(ChangeWebhook)
export class ChangeWebhookHandler implements Handles<ChangeWebhook> {
  constructor(
    private readonly streams: Streams,
    private readonly checks: WebhookChecks,
    private readonly uniqueness: WebhookUniqueness,
  ) {}

  async execute(command: ChangeWebhook): Promise<WebhookOutcome> {
    const { clientId, changes } = command;
    await this.checks.check(changes, clientId);
    const change = () => this.streams.decideOn(webhookStream, command.webhookId, command);
    return webhookOutcome(await this.uniqueness.change(command, change));
  }
}
