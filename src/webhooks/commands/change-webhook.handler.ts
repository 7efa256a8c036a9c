import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ChangeWebhook } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';
import { WebhookWrites } from './webhook-writes.js';

@CommandHandler(ChangeWebhook)
export class ChangeWebhookHandler implements ICommandHandler<ChangeWebhook> {
  constructor(
    private readonly desk: WebhookDesk,
    private readonly writes: WebhookWrites,
  ) {}

  async execute(command: ChangeWebhook): Promise<WebhookOutcome> {
    const { url, events } = command.changes;
    // What else may be changed makes no webhook the same as another, and needs no read model.
    if (url === undefined && events === undefined) return await this.desk.tell(command);
    return await this.writes.change(command.clientId, async (on) => {
      await this.desk.refuseTwinAfter(command, on);
      return await this.desk.tell(command);
    });
  }
}
