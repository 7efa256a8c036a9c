import type { Sendable } from './message.js';

/** Takes a message to its handler, wherever it comes from, and brings the answer back. A `Refusal` is thrown. */
export abstract class CommandSender {
  abstract send<Answer>(message: Sendable<Answer>): Promise<Answer>;
}
