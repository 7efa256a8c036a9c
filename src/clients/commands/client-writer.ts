import { type Streams } from '../../engine/commands/streams.js';
import { FairGate } from '../../platform/async/fair-gate.js';
import { type Clock } from '../../platform/clock/clock.js';
import { type ClientCommand } from '../domain/client.commands.js';
import { mustBeOpenToAsk } from '../domain/client.decider.js';
import { type ClientOutcome } from '../domain/client.outcomes.js';
import { type ClientFeed } from '../keys/client-feed.js';
import { ClientBusy } from '../keys/key.refusals.js';
import { type KeyCache } from '../keys/key-cache.js';
import { clientStream } from '../domain/client.stream.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

interface ClientWriterParts {
  readonly streams: Streams;
  readonly clock: Clock;
  readonly keyCache: KeyCache;
  readonly feed: Pick<ClientFeed, 'everyNodeAt'>;
}

const maxClients = 16;
const maxWaiting = 1_024;

/** Carries a command to its client, and holds the answer back until every node goes by it. */
export class ClientWriter {
  /** One change of a client after the other: all of them write to one stream. */
  readonly #turns = new FairGate({ atOnce: maxClients, atOncePerClient: 1, maxWaiting });

  constructor(private readonly parts: ClientWriterParts) {}

  /** Throws `RevocationUncertain` where a key has been closed and a node may still open with it. */
  async write(command: ClientCommand): Promise<ClientOutcome> {
    const { streams, keyCache, feed } = this.parts;
    await this.#lookAtAsker(command);
    const { clientId } = command;
    const decide = () => streams.decideOn(clientStream, clientId, command);
    const { state, events, position } = await this.#turns.run(clientId, decide, () => new ClientBusy());
    if (state.state === 'NONE') throw new TypeError(`client ${command.clientId} took a command and does not exist`);
    if (events.length > 0) failpoint('key.stored');
    for (const event of events) keyCache.onEvent(event);
    // Also where nothing was new: the answer to the first such command may not have been given.
    if (position !== null && command.type !== 'CreateClient') {
      await feed.everyNodeAt(position);
      failpoint('key.confirmed');
    }
    return { client: state, position };
  }

  /** A key of the client itself is looked at in the decision; another client's, the operator's, has a stream of its own. */
  async #lookAtAsker(command: ClientCommand): Promise<void> {
    if (command.type === 'ProvideAdminKey' || command.asker === null) return;
    const { asker } = command;
    if (asker.clientId === command.clientId) return;
    const { state } = await this.parts.streams.load(clientStream, asker.clientId);
    mustBeOpenToAsk(asker, state, this.parts.clock.now());
  }
}
