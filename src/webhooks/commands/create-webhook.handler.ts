import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CreateWebhook } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';
import { WebhookWrites } from './webhook-writes.js';

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(
    private readonly desk: WebhookDesk,
    private readonly writes: WebhookWrites,
  ) {}

  async execute(command: CreateWebhook): Promise<WebhookOutcome> {
    return await this.writes.create(command.clientId, async (on) => {
      await this.desk.refuseTwinOf(command, on);
      return await this.desk.tell(command);
    });
  }
}
