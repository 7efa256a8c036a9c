import type { WhenGone } from './beginning-gone.refusal.js';
import type { Decider } from '../../kernel/decider.js';
import type { EventSchemas } from '../../kernel/event-schemas.js';
import type { Instant } from '../../kernel/instant.js';
import type { Command, DomainEvent } from '../../kernel/message.js';
import type { Position, Revision } from '../../kernel/recorded.js';

/** Everything the engine has to know about one category of streams. */
export interface StreamKind<State, Told extends Command, Event extends DomainEvent> {
  readonly schemas: EventSchemas;
  readonly decider: Decider<State, Told, Event>;
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
  workerOf?(command: Told, state: State): string | null;
  /** Roughly how many characters a state keeps in memory. */
  weigh(state: State): number;
}

/** What the events of a stream come to. */
export interface Standing<State> {
  readonly state: State;
  /** Where the stream ends, events of other programs counted; null while it is empty. */
  readonly revision: Revision | null;
  /** Place in the log of its last event that is ours; null while there is none. */
  readonly position: Position | null;
  /** Last link of the stream's hash chain, which jumps over events of other programs; empty while there is none. */
  readonly chain: string;
  /** The state is that of no stream at all, because the events it would come from are gone. */
  readonly isBeginningGone?: true;
  /** Id of its last event; null while the stream is empty. */
  readonly lastEventId: string | null;
  /** When its last event was decided; null while the stream is empty. */
  readonly lastAt: Instant | null;
  /** What its first event belongs to, and so the whole stream. */
  readonly correlationId: string | null;
  /** Where the first event was traced to. */
  readonly traceparent: string | null;
}

export const streamOf = (kind: { readonly schemas: EventSchemas }, id: string): string =>
  `${kind.schemas.category}-${id}`;
