import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ReplayEvents } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(ReplayEvents)
export class ReplayEventsHandler implements ICommandHandler<ReplayEvents> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: ReplayEvents): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
