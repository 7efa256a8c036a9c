import { type DomainEvent } from '../../kernel/message.js';
import { type EventMetadata, type Position, type Recorded, type Revision } from '../../kernel/recorded.js';

/** What a stream must look like for an append to count. There is no `any`: only an explicit revision is durably idempotent. */
export type ExpectedRevision = Revision | 'no_stream';

/** An event on its way into the log. Its data and metadata must be plain JSON. */
export interface NewEvent {
  /** A UUID. Appending the same ids at the same revision again is the same append. */
  readonly id: string;
  readonly event: DomainEvent;
  readonly metadata: EventMetadata;
  /** The same data and metadata as JSON text, from a caller that has written them already; a store may use it. */
  readonly written?: { readonly data: string; readonly metadata: string };
}

/** Events that go into one stream together or not at all. */
export interface Append {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
  /** Drawn for this append: nothing else can have stored these ids, so what they stand for needs no second look. */
  readonly hasFreshIds?: boolean;
}

/**
 * What an appended append's ids stand for in the log; the `chain` of its last event decides, as it is made over all
 * that the stream holds up to there.
 * - `now`: this append, as it was given. Where a store cannot know, also one that was there before to the letter.
 * - `before`: the same, to the letter, and it was there already.
 * - `otherwise`: other content, appended by another process that came to the same ids. What this append held is
 *   nowhere.
 */
type Stored = 'now' | 'before' | 'otherwise';

/**
 * What became of an append.
 * - `appended`: its ids are durable; `stored` says whether its content is.
 * - `conflict`: certainly not stored, because the stream is elsewhere.
 * - `gone`: certainly not stored, because the stream was ended for good (a tombstone).
 * - `unknown`: neither is certain. Sending the same append again settles it.
 */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly revision: Revision; readonly position: Position; readonly stored: Stored }
  | { readonly kind: 'conflict'; readonly actual: ExpectedRevision }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown'; readonly cause: Error };

export interface ReadStreamOptions {
  /** First revision wanted, inclusive. Backwards: the last. */
  readonly from?: Revision;
  readonly limit?: number;
  readonly backwards?: boolean;
}

/** A whole stream as it can be read now. */
export interface StreamRead {
  readonly events: readonly Recorded[];
  /** Revision of its last event, of any program: what the next append expects. Null: there is nothing to read. */
  readonly last: Revision | null;
  /** It was ended for good (a tombstone), and takes no event any more. */
  readonly isGone?: true;
}

/** Which events a reader of the whole log wants. Both lists empty or absent: everything of the application. */
export interface LogFilter {
  /** Beginnings of stream names, such as `job-`. */
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
}

export interface ReadAllOptions {
  /** Events strictly after this position; absent: from the beginning. */
  readonly after?: Position;
  readonly limit: number;
  readonly filter?: LogFilter;
}

/** A part of the log that was looked at. */
export interface LogLook {
  readonly events: readonly Recorded[];
  readonly position: Position | null;
}

export interface SubscribeOptions {
  /** Events strictly after this position; `null`: from the beginning. */
  readonly after: Position | null;
  readonly filter?: LogFilter;
  /** Most events in one batch; default 500. */
  readonly maxBatch?: number;
}

/** Consecutive events that match a subscription's filter, in log order. May be empty when only the position moved. */
export interface Batch {
  readonly events: readonly Recorded[];
  /** Everything up to here has been seen. Safe to save once `events` are handled. */
  readonly position: Position;
  /** True when nothing more was waiting in the log when this batch was made. */
  readonly caughtUp: boolean;
}

/**
 * A pull of batches from the log: history first, then live. Nothing is buffered beyond one batch while the reader is
 * busy. It survives a store that comes and goes; it ends when it is closed.
 */
export interface Subscription extends AsyncIterable<Batch> {
  /** Ends the iteration after the batch at hand. Repeatable. */
  close(): Promise<void>;
}

/**
 * The log: named streams of events, each event in one place of its stream and one place of the whole. Other programs may
 * write into it, into streams of ours too: their events have a revision and a position, and no reader is shown them.
 */
export abstract class EventStore {
  abstract append(append: Append): Promise<AppendOutcome>;

  /** Many streams at once, each with its own outcome, in the order asked. Not one transaction. */
  abstract appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]>;

  /** Events of one stream that are ours, as in every answer of a store; an empty list when there is no such stream. Throws `StoreUnavailable`. */
  abstract readStream(stream: string, options?: ReadStreamOptions): Promise<readonly Recorded[]>;

  /** Several streams, in the order asked, each whole. */
  abstract readStreams(streams: readonly string[]): Promise<readonly StreamRead[]>;

  abstract readAll(options: ReadAllOptions): Promise<readonly Recorded[]>;

  /**
   * The next events behind `after`, among a bounded number that are looked at, and where the look came to: what others wrote may be
   * all there is.
   */
  async lookOn(after: Position | null, most: number): Promise<LogLook> {
    const events = await this.readAll({ limit: most, ...(after === null ? {} : { after }) });
    return { events, position: events.at(-1)?.position ?? after };
  }

  abstract subscribe(options: SubscribeOptions): Subscription;

  /** Position of the last event that a reader may want, `null` while there is none. */
  abstract head(): Promise<Position | null>;

  /** Where the log ends, events that are not the application's included: no reader can have come further. */
  async end(): Promise<Position | null> {
    return await this.head();
  }

  /** Takes a stream's events away. Its next append expects `no_stream` and continues the numbering. */
  abstract deleteStream(stream: string, expected: Revision): Promise<AppendOutcome>;

  /** Hides events of a stream before a revision. */
  abstract truncateBefore(stream: string, revision: Revision): Promise<void>;

  abstract close(): Promise<void>;
}

/** The store did not answer, or said it could not. For an append this is an `unknown` outcome instead. */
export class StoreUnavailable extends Error {}
