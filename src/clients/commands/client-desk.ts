import type { Streams } from '../../engine/commands/streams.js';
import { type ProjectionProgress, TooManyWaiters } from '../../engine/projector/projection-progress.js';
import type { Position } from '../../kernel/recorded.js';
import type { ClientCommand } from '../domain/client.commands.js';
import type { ExistingClient, Key } from '../domain/client.state.js';
import type { KeyRing } from '../keys/key-ring.js';
import { clientKind } from '../client.kind.js';

/** A client after a command, with the place of the last new event; null when nothing was new. */
export type ClientOutcome = Readonly<{ client: ExistingClient; position: Position | null }>;

/** A key after a command. */
export type KeyOutcome = Readonly<{ key: Key; isNew: boolean; position: Position | null }>;

const readModels = ['clients', 'api-keys'];
const longestWaitMs = 5_000;

/** Carries a command to its client, and holds the answer back until every node's door has heard of it. */
export class ClientDesk {
  constructor(
    private readonly streams: Streams,
    private readonly progress: ProjectionProgress,
    private readonly ring: KeyRing,
  ) {}

  async tell(command: ClientCommand): Promise<ClientOutcome> {
    const { state, events, position } = await this.streams.decideOn(clientKind, command.clientId, command);
    if (!state.exists) throw new TypeError(`client ${command.clientId} took a command and does not exist`);
    if (position !== null) await this.#arrive(position);
    this.ring.forget(events.flatMap(({ data }) => ('keyId' in data ? [data.keyId] : [])));
    return { client: state, position };
  }

  /** Too late is no failure: the event is in the log, so the answer is true and soon visible everywhere. */
  async #arrive(position: Position): Promise<void> {
    try {
      await Promise.all(readModels.map((name) => this.progress.waitFor(name, position, longestWaitMs)));
    } catch (cause) {
      if (!(cause instanceof TooManyWaiters)) throw cause;
    }
  }
}
