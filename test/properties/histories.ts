import { type Decider } from '../../src/kernel/decider.js';
import { type Instant } from '../../src/kernel/instant.js';
import { type DomainEvent, type Intent } from '../../src/kernel/message.js';
import { type Recorded } from '../../src/kernel/recorded.js';
import { Refusal } from '../../src/kernel/refusal.js';
import { plainMetadata } from '../support/event-row.js';

/** What one stream records for these commands, which come one after the other; those it refuses leave nothing. */
export function historyOf<State, Command extends Intent, Event extends DomainEvent>(
  stream: string,
  decider: Decider<State, Command, Event>,
  commands: readonly { readonly command: Command; readonly afterMs: number }[],
): readonly Recorded<Event>[] {
  const events: Recorded<Event>[] = [];
  let state = decider.initialState;
  let at = 0;
  for (const { command, afterMs } of commands) {
    at += afterMs;
    for (const event of decided(decider, command, state, at)) {
      state = decider.evolve(state, event);
      events.push(recordedIn(stream, event, events.length, at));
    }
  }
  return events;
}

/** What a decider says; nothing where it refuses. */
export function decided<State, Command extends Intent, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  command: Command,
  state: State,
  at: Instant,
): readonly Event[] {
  try {
    return decider.decide(command, state, at);
  } catch (refusal) {
    if (refusal instanceof Refusal) return [];
    throw refusal;
  }
}

export const recordedIn = <Event extends DomainEvent>(
  stream: string,
  event: Event,
  revision: number,
  at: Instant,
): Recorded<Event> => ({
  id: `${stream}-${revision}`,
  stream,
  revision,
  position: BigInt(1_000 + 2 * revision),
  event,
  metadata: { ...plainMetadata, at },
});
