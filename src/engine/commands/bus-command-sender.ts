import { CommandSender, type SendOptions } from '../../kernel/command-sender.js';
import { type Sendable } from '../../kernel/message.js';
import { type Position, type Positioned } from '../../kernel/recorded.js';
import { type ProjectionProgress, TooManyWaiters } from '../projector/projection-progress.js';

/** Has a handler for each kind of message, and does not know what they answer with. */
interface Bus {
  execute(message: object): Promise<unknown>;
}

const maxWaitMs = 5_000;

/** Sends by the bus that the handlers are registered at. Each of them declares its answer, so this one cast is sound. */
export class BusCommandSender extends CommandSender {
  constructor(
    private readonly bus: Bus,
    private readonly progress: Pick<ProjectionProgress, 'waitFor'>,
  ) {
    super();
  }

  override async send<Answer>(message: Sendable<Answer>, options?: SendOptions): Promise<Answer> {
    const answer = (await this.bus.execute(message)) as Answer;
    if (options === undefined) return answer;
    const { position } = answer as Answer & Positioned;
    if (position !== null) await this.#shown(options.until, position);
    return answer;
  }

  /** Too late is no failure: the event is in the log, so the answer is true and soon shown everywhere. */
  async #shown(readModels: readonly string[], position: Position): Promise<void> {
    try {
      await Promise.all(readModels.map((each) => this.progress.waitFor(each, position, maxWaitMs)));
    } catch (cause) {
      if (!(cause instanceof TooManyWaiters)) throw cause;
    }
  }
}
