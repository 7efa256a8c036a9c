import { type Instant } from '../../kernel/instant.js';
import { type Command, type DomainEvent } from '../../kernel/message.js';

/** One command and the stream it went to. */
export interface Decision {
  /** The part of the stream's name before the first dash, and the part after it. */
  readonly category: string;
  readonly id: string;
  readonly command: Command;
  /** The state it was decided on. */
  readonly before: unknown;
}

export interface RecordedDecision extends Decision {
  readonly events: readonly DomainEvent[];
  readonly after: unknown;
  readonly at: Instant;
  /** As the events' metadata has it. */
  readonly traceparent: string | null;
}

/**
 * Watches what commands come to in this process: for logs, metrics and traces. It sees an event once, when it is
 * appended, and never when it is read again. What it does must not fail.
 */
export abstract class DecisionObserver {
  /** The events are durable. */
  abstract recorded(decision: RecordedDecision): void;

  /** There was nothing to do, most often because it had been done before. */
  abstract unchanged(decision: Decision): void;

  /** It was refused, or the log could not take it. */
  abstract failed(decision: Decision, error: Error): void;

  /** A new trace for a stream that no caller's trace led to; null while nothing is traced. */
  abstract beginTrace(decision: Decision): string | null;
}

class NoObserver extends DecisionObserver {
  recorded(): void {
    return undefined;
  }

  unchanged(): void {
    return undefined;
  }

  failed(): void {
    return undefined;
  }

  beginTrace(): null {
    return null;
  }
}

/** The observer for processes that do not observe decisions. */
export const noObserver: DecisionObserver = new NoObserver();
