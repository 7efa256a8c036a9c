import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CreateWebhook } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: CreateWebhook): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
