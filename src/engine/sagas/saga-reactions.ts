import { type Recorded } from '../../kernel/recorded.js';
import { type Reaction, type Saga } from '../../kernel/saga.js';
import { derivedId } from '../../platform/ids/ids.js';
import { type Timer } from '../timers/timer.js';
import { type CommandTypes } from './command-types.js';

/** What is left of a batch's reactions: of each timer only its last word. */
export interface FoldedReactions {
  readonly armed: readonly Timer[];
  readonly dropped: readonly string[];
}

/** Pure, and the same ids every time: a batch that is handled again stores the same commands again. */
export function foldReactions(saga: Saga, events: readonly Recorded[], types: CommandTypes): FoldedReactions {
  const last = new Map<string, Timer | null>();
  for (const event of events) {
    for (const [index, reaction] of saga.react(event).entries()) {
      const timerId = timerIdOf(saga.name, event, index, reaction);
      last.set(timerId, reaction.kind === 'drop' ? null : timerOf(saga.name, event, index, timerId, reaction, types));
    }
  }
  // One order for every writer, so that two of them never wait for each other in a ring.
  const sorted = [...last].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    armed: sorted.flatMap(([, timer]) => (timer === null ? [] : [timer])),
    // Also those armed in this very batch: an earlier batch may have stored the same timer.
    dropped: sorted.flatMap(([timerId, timer]) => (timer === null ? [timerId] : [])),
  };
}

function timerOf(
  saga: string,
  event: Recorded,
  index: number,
  timerId: string,
  reaction: Exclude<Reaction, { kind: 'drop' }>,
  types: CommandTypes,
): Timer {
  const commandId = derivedId('command', saga, event.id, index);
  return {
    timerId,
    subject: reaction.kind === 'arm' ? reaction.timer : event.id,
    // What is to be sent at once is as old as its event, so that it does not overtake what was due before.
    dueAt: reaction.kind === 'arm' ? reaction.at : event.metadata.at,
    commandId,
    command: types.write(reaction.command),
    cause: {
      commandId,
      actor: `process:${saga}`,
      correlationId: event.metadata.correlationId,
      causationId: event.id,
      traceparent: event.metadata.traceparent,
    },
    position: event.position,
  };
}

const timerIdOf = (saga: string, event: Recorded, index: number, reaction: Reaction): string =>
  reaction.kind === 'send' ? derivedId('send', saga, event.id, index) : derivedId('timer', saga, reaction.timer);
