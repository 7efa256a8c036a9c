import { type Decider } from './decider.js';
import { type EventSchemas } from './event-schemas.js';
import { type Command, type DomainEvent } from './message.js';

/** How commands on a stream are refused whose beginning, or whole content, the store no longer gives. */
export type WhenGone =
  { readonly kind: 'conflict'; readonly code: string } | { readonly kind: 'not-found'; readonly code: string };

/** Everything the engine has to know about one category of streams. */
export interface StreamDefinition<State, C extends Command, Event extends DomainEvent> extends EventSchemas<Event> {
  readonly decider: Decider<State, C, Event>;
  /** Its whole story is one trace, begun by whatever created it; otherwise each command stays in its sender's. */
  readonly isOneTrace?: true;
  /**
   * The decider's initial state claims nothing, and each event says all of what it changes. What is left of a stream
   * whose beginning is gone is then folded like a whole one, and where nothing is left it is gone on with behind its end.
   */
  readonly standsWithoutBeginning?: true;
  /** What answers commands on a stream whose beginning is gone, or that was ended for good. */
  readonly whenGone: WhenGone;
  /** The worker that speaks by this command, where one does: senders know only whose key it used. */
  workerOf?(command: C, state: State): string | null;
  /** Roughly how many characters a state keeps in memory. */
  weigh(state: State): number;
}

/** The name of the stream of this id. */
export const streamOf = ({ category }: { readonly category: string }, id: string): string => `${category}-${id}`;
