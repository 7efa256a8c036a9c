import { type Recorded } from '../../kernel/recorded.js';
import { type Reaction, type Saga } from '../../kernel/saga.js';
import { derivedId } from '../../platform/ids/ids.js';
import { noClient, type Timer } from '../timers/timer.js';
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
  readonly reaction: Exclude<Reaction, { kind: 'send' }>;
  readonly isNew: boolean;
}

/** Pure, and the same ids every time: a batch that is handled again stores the same commands again. */
export function foldReactions(saga: Saga, events: readonly Recorded[], types: CommandTypes): FoldedReactions {
  const armed: Timer[] = [];
  const last = new Map<string, LastWord>();
  for (const event of events) {
    let index = 0;
    for (const reaction of saga.react(event)) {
      if (reaction.kind === 'send') armed.push(timerOf(saga.name, event, index, reaction, types));
      else latest(last, { event, index, reaction });
      index += 1;
    }
  }
  const dropped: string[] = [];
  for (const { event, index, reaction } of last.values()) {
    if (reaction.kind === 'drop') dropped.push(timerIdOf(saga.name, event, index, reaction));
    else armed.push(timerOf(saga.name, event, index, reaction, types));
  }
  // One order for every writer, so that two of them never deadlock.
  return { armed: armed.sort((one, other) => (one.timerId < other.timerId ? -1 : 1)), dropped: dropped.sort() };
}

function latest(last: Map<string, LastWord>, { event, index, reaction }: Omit<LastWord, 'isNew'>): void {
  const { kind, timer } = reaction;
  const isNew = last.get(timer)?.isNew ?? (kind === 'arm' && reaction.isNew);
  // Armed for the first time and dropped in one batch: no table holds it.
  if (kind === 'drop' && isNew) last.delete(timer);
  else last.set(timer, { event, index, reaction, isNew });
}

function timerOf(
  saga: string,
  event: Recorded,
  index: number,
  reaction: Exclude<Reaction, { kind: 'drop' }>,
  types: CommandTypes,
): Timer {
  const commandId = derivedId('command', saga, event.id, index);
  return {
    timerId: timerIdOf(saga, event, index, reaction),
    clientId: clientOf(event),
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

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What happened to a client's things says whose they are. */
function clientOf({ event: { data } }: Recorded): string {
  const clientId = 'clientId' in data ? data.clientId : null;
  return typeof clientId === 'string' && uuid.test(clientId) ? clientId : noClient;
}

const timerIdOf = (saga: string, event: Recorded, index: number, reaction: Reaction): string =>
  reaction.kind === 'send' ? derivedId('send', saga, event.id, index) : derivedId('timer', saga, reaction.timer);
