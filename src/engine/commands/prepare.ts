import type { Command, DomainEvent } from '../../kernel/message.js';
import { derivedId, isFresh } from '../../platform/ids/ids.js';
import type { Append, NewEvent } from '../event-store/event-store.port.js';
import { linked, type Unlinked } from './chain.js';
import type { Decision } from './decision-observer.js';
import { type Standing, type StreamKind, streamOf } from './stream-kind.js';

/** An append, and what its stream will have come to once it is stored; its position is known only then. */
export interface Prepared<State> {
  readonly append: Append;
  readonly after: Omit<Standing<State>, 'position'>;
}

/** Makes the events of a decision ready to be appended. Pure: a decision that is made again comes to the same append. */
export function prepare<State, Told extends Command, Event extends DomainEvent>(
  kind: StreamKind<State, Told, Event>,
  { id, command }: Decision,
  standing: Standing<State>,
  events: readonly Event[],
  at: number,
  traceparent: string | null,
): Prepared<State> {
  const { commandId, actor, correlationId, causationId } = command.cause;
  const stream = streamOf(kind, id);
  const first = (standing.revision ?? -1) + 1;
  let { state, chain } = standing;
  const added: NewEvent[] = [];
  for (const event of events) {
    // The revision is part of it, because a command decided again after a conflict may come to different events.
    const eventId = derivedId('event', commandId, stream, first, added.length);
    const schema = kind.schemas.versions[event.type] ?? 1;
    const said: Unlinked = { at, actor, correlationId, causationId, traceparent, schema };
    const link = linked(chain, eventId, event, said);
    chain = link.chain;
    added.push({ id: eventId, event, metadata: link.metadata, written: link.written });
    state = kind.decider.evolve(state, event);
  }
  return {
    append: {
      stream,
      expected: standing.revision ?? 'no_stream',
      events: added,
      // Others come to the same ids only by way of the same command.
      hasFreshIds: isFresh(commandId),
    },
    after: {
      state,
      chain,
      revision: first + events.length - 1,
      traceparent: standing.position === null ? traceparent : standing.traceparent,
    },
  };
}
