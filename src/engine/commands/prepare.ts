import { type Instant } from '../../kernel/instant.js';
import { type Command, type DomainEvent } from '../../kernel/message.js';
import { type CommandNote } from '../../kernel/recorded.js';
import { derivedId, isFresh } from '../../platform/ids/ids.js';
import { type Append, type NewEvent } from '../event-store/event-store.port.js';
import { type Common, linker } from './chain.js';
import { type Decision } from './decision-observer.js';
import { type StreamState } from './stream-state.js';
import { type StreamDefinition, streamOf } from '../../kernel/stream-definition.js';

/** An append, and what its stream will have come to once it is stored; its position is known only then. */
export interface Prepared<State> {
  readonly append: Append;
  readonly after: Omit<StreamState<State>, 'position'>;
}

/** The two readings of the clock that a decision was made by. */
interface Moment {
  readonly at: Instant;
  readonly due: Instant;
}

/** Makes the events of a decision ready to be appended. Pure: a decision that is made again comes to the same append. */
export function prepare<State, C extends Command, Event extends DomainEvent>(
  definition: StreamDefinition<State, C, Event>,
  { id, command }: Decision,
  streamState: StreamState<State>,
  events: readonly Event[],
  { at, due }: Moment,
  traceparent: string | null,
): Prepared<State> {
  const { cause } = command;
  const stream = streamOf(definition, id);
  const first = (streamState.revision ?? -1) + 1;
  // What other programs wrote into it is no beginning.
  const isBegun = streamState.position !== null;
  const { actor, via } = whoOf(definition, command, streamState);
  const common: Common = {
    at,
    actor,
    via,
    // What belongs to the stream is never taken from the sender.
    correlationId: isBegun ? streamState.correlationId : cause.correlationId,
    // What no sender names was caused by what it was decided on.
    causationId: cause.causationId ?? cause.requestId ?? streamState.lastEventId,
    traceparent,
  };
  const link = linker(common);
  let { state, chain, lastEventId } = streamState;
  const added: NewEvent[] = [];
  for (const event of events) {
    // The revision is part of it, because a command decided again after a conflict may come to different events.
    lastEventId = derivedId('event', cause.commandId, stream, first, added.length);
    const schema = definition.versions[event.type as Event['type']];
    const note = added.length === 0 ? noteOf(command, events, due === at ? null : due) : undefined;
    const linked = link(chain, lastEventId, event, schema, note);
    chain = linked.chain;
    added.push({ id: lastEventId, event, metadata: linked.metadata, written: linked.written });
    state = definition.decider.evolve(state, event);
  }
  return {
    append: {
      stream,
      expected: streamState.revision ?? 'no_stream',
      events: added,
      // Others come to the same ids only by way of the same command.
      hasFreshIds: isFresh(cause.commandId),
    },
    after: {
      state,
      chain,
      lastEventId,
      lastAt: at,
      revision: first + events.length - 1,
      correlationId: common.correlationId,
      traceparent: isBegun ? streamState.traceparent : traceparent,
    },
  };
}

/** A worker's deeds are the worker's, whatever key it used. What the engine does in its name is the engine's. */
function whoOf<State, C extends Command, Event extends DomainEvent>(
  definition: StreamDefinition<State, C, Event>,
  command: C,
  { state }: StreamState<State>,
): Pick<Common, 'actor' | 'via'> {
  const { actor } = command.cause;
  const worker = actor.startsWith('key:') ? (definition.workerOf?.(command, state) ?? null) : null;
  return worker === null ? { actor, via: undefined } : { actor: `worker:${worker}`, via: actor };
}

/** `due`: what had come by then, where that is not the moment itself. */
function noteOf(command: Command, events: readonly DomainEvent[], due: Instant | null): CommandNote {
  const { type, schema, kept } = command;
  if (kept === null) return due === null ? [type, schema] : [type, schema, { due }];
  const missing: Record<string, unknown> = due === null ? {} : { due };
  let isWhole = due === null;
  for (const name in kept) {
    const value = kept[name];
    if (events.some(({ data }) => (data as Readonly<Record<string, unknown>>)[name] === value)) continue;
    missing[name] = value;
    isWhole = false;
  }
  return isWhole ? [type, schema] : [type, schema, missing];
}
