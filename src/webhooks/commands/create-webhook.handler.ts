import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CreateWebhook } from '../domain/webhook.commands.js';
import { WebhookCount } from './webhook-count.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(
    private readonly desk: WebhookDesk,
    private readonly count: WebhookCount,
  ) {}

  async execute(command: CreateWebhook): Promise<WebhookOutcome> {
    return await this.count.within(command.clientId, () => this.desk.tell(command));
  }
}
