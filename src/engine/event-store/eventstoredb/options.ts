import { ForeignEvents } from '../foreign-events.js';
import { type StreamNames, withoutNamespace } from '../stream-names.js';

export interface EventStoreDbOptions {
  /** How streams are called here; default: without a namespace. */
  readonly names?: StreamNames;
  /** Notified of events of other programs; default: they are not reported. */
  readonly foreign?: ForeignEvents;
  /** Called with every failure that is being dealt with: reconnects, silent subscriptions, repeated appends. */
  readonly onError?: (error: Error) => void;
  /** How long an append waits for its turn while none of those before it is stored; default 6000. */
  readonly turnMs?: number;
  /**
   * How long an append is sent again, from its turn on, while no other is stored, and a read is tried; default 5000. For
   * appends only the time counts that this process has had.
   */
  readonly retryMs?: number;
  /** How long an append is sent again at most, however many others are stored; default 11000, below a request's limit. */
  readonly answerMs?: number;
  /** How long one attempt may take; default 2500. */
  readonly attemptMs?: number;
  /** Appends under way at once; default 64, below the 100 streams that the server allows a connection. */
  readonly appendsInFlight?: number;
  /** Appends waiting for their turn; one more is refused. Default 10000. */
  readonly appendsWaiting?: number;
  /** How long a subscription may say nothing before the log is asked whether there is something; default 5000. */
  readonly silenceMs?: number;
  /** How long a subscription has for an event that the log is known to hold; default 1000. */
  readonly graceMs?: number;
  /** Longest wait between two attempts to subscribe; default 2000. */
  readonly reconnectMs?: number;
}

export type EventStoreDbSettings = Required<EventStoreDbOptions>;

export const settingsFrom = (options: EventStoreDbOptions): EventStoreDbSettings => ({
  names: options.names ?? withoutNamespace,
  foreign: options.foreign ?? new ForeignEvents(() => undefined),
  onError: options.onError ?? ((): void => undefined),
  turnMs: options.turnMs ?? 6000,
  retryMs: options.retryMs ?? 5000,
  answerMs: options.answerMs ?? Math.max(11_000, options.retryMs ?? 0),
  attemptMs: options.attemptMs ?? 2500,
  appendsInFlight: options.appendsInFlight ?? 64,
  appendsWaiting: options.appendsWaiting ?? 10_000,
  silenceMs: options.silenceMs ?? 5000,
  graceMs: options.graceMs ?? 1000,
  reconnectMs: options.reconnectMs ?? 2000,
});
