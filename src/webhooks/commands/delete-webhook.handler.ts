import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DeleteWebhook } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(DeleteWebhook)
export class DeleteWebhookHandler implements ICommandHandler<DeleteWebhook> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: DeleteWebhook): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
