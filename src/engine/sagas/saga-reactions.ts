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

/** A timer's last word in a batch. Ids and texts are made only for what is left in the end. */
interface LastWord {
  readonly event: Recorded;
  readonly index: number;
  readonly reaction: Reaction;
  readonly isNew: boolean;
}

/** Pure, and the same ids every time: a batch that is handled again stores the same commands again. */
export function foldReactions(saga: Saga, events: readonly Recorded[], types: CommandTypes): FoldedReactions {
  const last = new Map<string, LastWord>();
  for (const event of events) {
    for (const [index, reaction] of saga.react(event).entries()) {
      const name = reaction.kind === 'send' ? `send ${event.id} ${index}` : `timer ${reaction.timer}`;
      const isNew = last.get(name)?.isNew ?? (reaction.kind === 'arm' && reaction.isNew);
      // Armed for the first time and dropped in one batch: no table has heard of it.
      if (reaction.kind === 'drop' && isNew) last.delete(name);
      else last.set(name, { event, index, reaction, isNew });
    }
  }
  const armed: Timer[] = [];
  const dropped: string[] = [];
  for (const { event, index, reaction } of last.values()) {
    const timerId = timerIdOf(saga.name, event, index, reaction);
    if (reaction.kind === 'drop') dropped.push(timerId);
    else armed.push(timerOf(saga.name, event, index, timerId, reaction, types));
  }
  // One order for every writer, so that two of them never wait for each other in a ring.
  return { armed: armed.sort((one, other) => (one.timerId < other.timerId ? -1 : 1)), dropped: dropped.sort() };
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
