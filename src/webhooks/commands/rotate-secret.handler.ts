import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RotateSecret } from '../domain/webhook.commands.js';
import { WebhookDesk, type WebhookOutcome } from './webhook-desk.js';

@CommandHandler(RotateSecret)
export class RotateSecretHandler implements ICommandHandler<RotateSecret> {
  constructor(private readonly desk: WebhookDesk) {}

  async execute(command: RotateSecret): Promise<WebhookOutcome> {
    return await this.desk.tell(command);
  }
}
