import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ChangeWebhook } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(ChangeWebhook)
export class ChangeWebhookHandler implements ICommandHandler<ChangeWebhook> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: ChangeWebhook): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
