import { CommandHandler } from '@nestjs/cqrs';
import { Streams } from '../../engine/commands/streams.js';
import { type Handles } from '../../kernel/message.js';
import { ProvideAdminKey } from '../domain/client.commands.js';
import { KeyCache } from '../keys/key-cache.js';
import { clientStream } from '../domain/client.stream.js';

/** It runs at start, before anything follows the log, so unlike the others it waits for no read model and no node. */
@CommandHandler(ProvideAdminKey)
export class ProvideAdminKeyHandler implements Handles<ProvideAdminKey> {
  constructor(
    private readonly streams: Streams,
    private readonly keyCache: KeyCache,
  ) {}

  /** Whether the key is there now. A command sent again, because its first answer was lost, says so too. */
  async execute(command: ProvideAdminKey): Promise<boolean> {
    const { state, events } = await this.streams.decideOn(clientStream, command.clientId, command);
    // What was printed opens here at once.
    for (const event of events) this.keyCache.onEvent(event);
    return state.state === 'LIVE' && Object.hasOwn(state.keys, command.key.keyId);
  }
}
