import { type Instant } from '../../kernel/instant.js';

export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that took time and is over. */
export interface PastSpan {
  readonly name: string;
  readonly kind?: SpanKindName;
  /** The traceparent it belongs under; null begins a trace. */
  readonly parent: string | null;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly attributes?: SpanAttributes;
  /** Traceparents of what had a part in it without being its parent. */
  readonly links?: readonly (string | null)[];
  /** What went wrong, in a few words that hold nothing secret; absent or null when nothing did. */
  readonly error?: string | null;
}

/** Something that goes on. */
export interface LiveSpan {
  /** For what happens because of it, here or elsewhere. */
  readonly traceparent: string;
  end(attributes: SpanAttributes, error: string | null): void;
}

/**
 * Where spans go. A job's spans are made after the fact, from its events, by whichever process recorded the event: so a
 * trace goes on over crashes and machines, and needs nothing that is kept in memory meanwhile.
 */
export abstract class Tracing {
  /** False: everything here does nothing. */
  abstract readonly isOn: boolean;

  /**
   * Records a span that is over and answers with its traceparent, to be the parent of others. Null where tracing is off
   * or its trace is not sampled. The webhooks module calls this for each attempt, with the delivery's traceparent as
   * parent, and sends the answer along in the `traceparent` header.
   */
  abstract record(span: PastSpan): string | null;

  /** Begins a span; null where tracing is off. */
  abstract begin(name: string, kind: SpanKindName, parent: string | null, attributes: SpanAttributes): LiveSpan | null;
}

class NoTracing extends Tracing {
  readonly isOn = false;

  record(): null {
    return null;
  }

  begin(): null {
    return null;
  }
}

/** For a process that exports no traces. */
export const noTracing: Tracing = new NoTracing();
