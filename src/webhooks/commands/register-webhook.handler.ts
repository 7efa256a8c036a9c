import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { CreateWebhook, RegisterWebhook } from '../domain/webhook.commands.js';
import { type RegisteredWebhook } from '../domain/webhook.outcomes.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';
import { SecretMaker } from '../secrets/secret-maker.js';
import { WebhookChecks } from './webhook-checks.js';
import { WebhookUniqueness } from './webhook-uniqueness.js';
import { webhookStream } from '../domain/webhook.stream.js';

@CommandHandler(RegisterWebhook)
export class RegisterWebhookHandler implements Handles<RegisterWebhook> {
  constructor(
    private readonly streams: Streams,
    private readonly checks: WebhookChecks,
    private readonly uniqueness: WebhookUniqueness,
    private readonly maker: SecretMaker,
  ) {}

  async execute({ clientId, requested, cause }: RegisterWebhook): Promise<RegisteredWebhook> {
    await this.checks.check(requested, clientId);
    return await this.uniqueness.register(clientId, requested, async (webhookId) => {
      const { secret, sealedSecret } = this.maker.make(webhookId);
      const command = new CreateWebhook(webhookId, clientId, requested, sealedSecret).because(cause);
      const { state, position } = await this.streams.decideOn(webhookStream, webhookId, command);
      if (state.state !== 'LIVE') throw new WebhookNotFound(webhookId);
      return { webhook: state, secret, position };
    });
  }
}
