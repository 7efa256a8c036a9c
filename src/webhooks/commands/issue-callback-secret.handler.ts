import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IssueCallbackSecret } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(IssueCallbackSecret)
export class IssueCallbackSecretHandler implements ICommandHandler<IssueCallbackSecret> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: IssueCallbackSecret): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
