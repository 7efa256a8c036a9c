import { type Sendable } from './message.js';
import { type Positioned } from './recorded.js';

/** What a sender wants beside the answer. */
export interface SendOptions {
  /** Read models that show what came of it before the answer is given, or as soon as they can. */
  readonly until: readonly string[];
}

/** Takes a message to its handler, wherever it comes from, and brings the answer back. A `Refusal` is thrown. */
export abstract class CommandSender {
  abstract send<Answer>(message: Sendable<Answer>): Promise<Answer>;
  abstract send<Answer extends Positioned>(message: Sendable<Answer>, options: SendOptions): Promise<Answer>;
}
