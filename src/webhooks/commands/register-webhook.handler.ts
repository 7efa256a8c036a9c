import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Position } from '../../kernel/recorded.js';
import { CreateWebhook, RegisterWebhook } from '../domain/webhook.commands.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';
import { type ExistingWebhook } from '../domain/webhook.state.js';
import { SecretMaker } from '../secrets/secret-maker.js';
import { webhookKind } from '../webhook.kind.js';
import { WebhookChecks } from './webhook-checks.js';
import { WebhookUniqueness } from './webhook-uniqueness.js';

/** A new webhook, with the one secret that its answer shows. */
export type RegisteredWebhook = Readonly<{ webhook: ExistingWebhook; secret: string; position: Position | null }>;

@CommandHandler(RegisterWebhook)
export class RegisterWebhookHandler implements ICommandHandler<RegisterWebhook> {
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
