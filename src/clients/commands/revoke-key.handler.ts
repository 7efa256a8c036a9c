import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RevokeKey } from '../domain/client.commands.js';
import { ClientDesk, type ClientOutcome } from './client-desk.js';

@CommandHandler(RevokeKey)
export class RevokeKeyHandler implements ICommandHandler<RevokeKey> {
  constructor(private readonly desk: ClientDesk) {}

  async execute(command: RevokeKey): Promise<ClientOutcome> {
    return this.desk.tell(command);
  }
}
