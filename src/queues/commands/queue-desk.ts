import type { Streams } from '../../engine/commands/streams.js';
import { type ProjectionProgress, TooManyWaiters } from '../../engine/projector/projection-progress.js';
import type { Position, Positioned } from '../../kernel/recorded.js';
import type { QueueCommand } from '../domain/queue.commands.js';
import { queueKind } from '../queue.kind.js';

const longestWaitMs = 5_000;

/** Carries a command to its queue, and holds the answer back until the claims of every node go by it. */
export class QueueDesk {
  constructor(
    private readonly streams: Streams,
    private readonly progress: ProjectionProgress,
  ) {}

  async tell(command: QueueCommand): Promise<Positioned> {
    const { position } = await this.streams.decideOn(queueKind, command.queueId, command);
    if (position !== null) await this.#arrive(position);
    return { position };
  }

  /** Too late is no failure: the event is in the log, so it is true and soon holds everywhere. */
  async #arrive(position: Position): Promise<void> {
    try {
      await this.progress.waitFor('queue-pauses', position, longestWaitMs);
    } catch (cause) {
      if (!(cause instanceof TooManyWaiters)) throw cause;
    }
  }
}
