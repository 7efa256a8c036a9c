import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { ProvideAdminKey } from '../domain/client.commands.js';
import { KeyRing } from '../keys/key-ring.js';
import { clientKind } from '../client.kind.js';

/** It runs at start, before anything follows the log, so unlike the others it waits for no read model and no node. */
@CommandHandler(ProvideAdminKey)
export class ProvideAdminKeyHandler implements Handles<ProvideAdminKey> {
  constructor(
    private readonly streams: Streams,
    private readonly ring: KeyRing,
  ) {}

  /** Whether the key is there now. A command sent again, because its first answer was lost, says so too. */
  async execute(command: ProvideAdminKey): Promise<boolean> {
    const { state, events } = await this.streams.decideOn(clientKind, command.clientId, command);
    // What was printed opens here at once.
    for (const event of events) this.ring.hear(event);
    return state.exists && Object.hasOwn(state.keys, command.key.keyId);
  }
}
