import { type Instant } from '../../kernel/instant.js';
import { type Position, type Revision } from '../../kernel/recorded.js';

/** What the events of a stream come to. */
export interface StreamState<State> {
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
