import { CommandSender } from '../../kernel/command-sender.js';
import type { Sendable } from '../../kernel/message.js';

/** Has a handler for each kind of message, and does not know what they answer with. */
interface Bus {
  execute(message: object): Promise<unknown>;
}

/** Sends by the bus that the handlers are registered at. Each of them declares its answer, so this one cast is sound. */
export class BusCommandSender extends CommandSender {
  constructor(private readonly bus: Bus) {
    super();
  }

  async send<Answer>(message: Sendable<Answer>): Promise<Answer> {
    return (await this.bus.execute(message)) as Answer;
  }
}
