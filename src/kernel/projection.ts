import { type DomainEvent } from './message.js';
import { type Recorded } from './recorded.js';
import { type RowChange, type TableShape } from './row-change.js';

/** Turns events into row changes. The projector writes them together with the checkpoint. */
export interface Projection<Event extends DomainEvent = DomainEvent> {
  readonly name: string;
  /** Raised when its tables or its meaning change; a rebuild follows. */
  readonly version: number;
  /** Stream categories it follows: the part of a stream's name before the first dash. */
  readonly categories: readonly string[];
  readonly types: readonly Event['type'][];
  readonly tables: readonly TableShape[];
  /** How long a batch may gather while others are being written, in milliseconds; 0 for those that something waits for. */
  readonly lingerMs: number;
  apply(recorded: Recorded<Event>): readonly RowChange[];
}
