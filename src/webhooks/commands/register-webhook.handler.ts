import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { CreateWebhook, RegisterWebhook } from '../domain/webhook.commands.js';
import { type RegisteredWebhook } from '../domain/webhook.outcomes.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';
import { SecretMaker } from '../secrets/secret-maker.js';
import { webhookKind } from '../webhook.kind.js';
import { WebhookChecks } from './webhook-checks.js';
import { WebhookUniqueness } from './webhook-uniqueness.js';

@CommandHandler(RegisterWebhook)
export class RegisterWebhookHandler implements Handles<RegisterWebhook> {
  constructor(
    private readonly streams: Streams,
    private readonly checks: WebhookChecks,
    private readonly uniqueness: WebhookUniqueness,
    private readonly maker: SecretMaker,
  ) {}

  async execute({ clientId, wishes, cause }: RegisterWebhook): Promise<RegisteredWebhook> {
    await this.checks.check(wishes, clientId);
    return await this.uniqueness.register(clientId, wishes, async (webhookId) => {
      const { secret, sealedSecret } = this.maker.make(webhookId);
      const command = new CreateWebhook(webhookId, clientId, wishes, sealedSecret).because(cause);
      const { state, position } = await this.streams.decideOn(webhookKind, webhookId, command);
      if (state.kind !== 'webhook') throw new WebhookNotFound(webhookId);
      return { webhook: state, secret, position };
    });
  }
}
