import { type Instant } from './instant.js';
import { type Command, type DomainEvent } from './message.js';
import { type Recorded } from './recorded.js';
import { type TimerAnswer } from './timer-answer.js';

/** What a saga wants done. The engine stores all of it with the checkpoint before it does any of it. */
export type Reaction =
  /** A command to send at once, again and again until it is known to have worked. */
  | { readonly kind: 'send'; readonly command: Command<TimerAnswer> }
  /** A command to send at an instant. A later `arm` of the same timer replaces the earlier one. */
  | {
      readonly kind: 'arm';
      readonly timer: string;
      readonly at: Instant;
      readonly command: Command<TimerAnswer>;
      /** No earlier event can have armed it: dropped in the same batch, it never was. */
      readonly isNew: boolean;
    }
  /** A timer that is not needed any more. One that fires all the same does no harm. */
  | { readonly kind: 'drop'; readonly timer: string };

export const send = (command: Command<TimerAnswer>): Reaction => ({ kind: 'send', command });
export const arm = (timer: string, at: Instant, command: Command<TimerAnswer>): Reaction => ({
  kind: 'arm',
  timer,
  at,
  command,
  isNew: false,
});
export const armNew = (timer: string, at: Instant, command: Command<TimerAnswer>): Reaction => ({
  kind: 'arm',
  timer,
  at,
  command,
  isNew: true,
});
export const drop = (timer: string): Reaction => ({ kind: 'drop', timer });

/** Watches events and answers with commands and timers. It remembers nothing the log does not. */
export interface Saga<Event extends DomainEvent = DomainEvent> {
  readonly name: string;
  /** Stream categories it follows, such as `job`: the part of a stream's name before the first dash. */
  readonly categories: readonly string[];
  /** Event types it reacts to; others are never shown to it. */
  readonly types: readonly Event['type'][];
  /** How long a batch may gather after the one before it, in milliseconds: as long as its reactions can wait. */
  readonly lingerMs?: number;
  /** A timer is named within its saga by its subject, such as a lease id. */
  react(recorded: Recorded<Event>): readonly Reaction[];
}
