import { type Instant } from '../../kernel/instant.js';
import { type Command } from '../../kernel/message.js';

/** `again`: it was too early, and the timer moves to that instant. */
export type TimerAnswer = 'done' | { readonly again: Instant };

/** Takes a command to whoever decides it. It may be sent any number of times; a `Refusal` is an answer too. */
export abstract class CommandSender {
  abstract send(command: Command): Promise<TimerAnswer>;
}
