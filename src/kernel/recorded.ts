import { type Instant } from './instant.js';
import { type DomainEvent } from './message.js';

/** Where an event sits in its own stream, counted from 0. */
export type Revision = number;

/** Where an event sits in the whole log. Opaque: compare it, store it, never add to it. Printed as a decimal number. */
export type Position = bigint;

/** Positions of one segment lie close together in the log, a few dozen events at most; segments rise with positions. */
export const segmentOf = (position: Position): bigint =>
  // Counted positions are neighbours one by one; byte offsets are wide, and carry a second half below.
  position < 1n << 64n ? position >> 6n : position >> 79n;

/** An answer that says how far the log reached with it. */
export interface Positioned {
  /** Place of the last event of what it is about; null where there is none. */
  readonly position: Position | null;
}

/** A command's type, the version of its members, and those of them that its events do not hold. */
export type CommandNote =
  | readonly [type: string, schema: number]
  | readonly [type: string, schema: number, kept: Readonly<Record<string, unknown>>];

/** What every event carries beside its data. */
export interface EventMetadata {
  /** The aligned time at which it was decided; this, not the store's own time stamp, is the event's time. */
  readonly at: Instant;
  /** `key:<key id>`, `worker:<worker id>` or `process:<name>`; an operator acting for a client adds ` for <client id>`. */
  readonly actor: string;
  /** The key that a worker used. */
  readonly via?: string | undefined;
  /** What its stream belongs to. */
  readonly correlationId: string | null;
  /** The event or the request that caused it; null where the engine began by itself. */
  readonly causationId: string | null;
  readonly traceparent: string | null;
  /** Version of the event's data, from 1; older ones are upcast when read. */
  readonly schema: number;
  /** Of the first event of an append: the command that made it. */
  readonly command?: CommandNote | undefined;
  /** Link of the stream's SHA-256 chain: over the link before it, and this event's id, type, data and metadata. */
  readonly chain: string;
}

/** An event as the log holds it. */
export interface Recorded<Event extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly stream: string;
  readonly revision: Revision;
  readonly position: Position;
  readonly metadata: EventMetadata;
  readonly event: Event;
}
