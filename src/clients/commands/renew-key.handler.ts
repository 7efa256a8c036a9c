import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RenewKey } from '../domain/client.commands.js';
import { keyOf } from '../domain/client.state.js';
import { ClientDesk, type KeyOutcome } from './client-desk.js';

@CommandHandler(RenewKey)
export class RenewKeyHandler implements ICommandHandler<RenewKey> {
  constructor(private readonly desk: ClientDesk) {}

  async execute(command: RenewKey): Promise<KeyOutcome> {
    const { client, position } = await this.desk.tell(command);
    return { key: keyOf(client, command.successor.keyId), isNew: true, position };
  }
}
