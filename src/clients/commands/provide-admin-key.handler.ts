import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { ProvideAdminKey } from '../domain/client.commands.js';
import { clientKind } from '../client.kind.js';

/** It runs at start, before anything follows the log, so unlike the others it waits for no read model. */
@CommandHandler(ProvideAdminKey)
export class ProvideAdminKeyHandler implements ICommandHandler<ProvideAdminKey> {
  constructor(private readonly streams: Streams) {}

  /** Whether the key is there now. A command sent again, because its first answer was lost, says so too. */
  async execute(command: ProvideAdminKey): Promise<boolean> {
    const { state } = await this.streams.decideOn(clientKind, command.clientId, command);
    return state.exists && Object.hasOwn(state.keys, command.key.keyId);
  }
}
