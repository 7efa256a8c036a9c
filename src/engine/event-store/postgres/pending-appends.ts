import { type Append, type AppendOutcome, StoreUnavailable } from '../event-store.port.js';

/** An append waiting for its turn, already turned into text. */
export interface PendingAppend {
  readonly append: Append;
  readonly data: readonly string[];
  readonly metadata: readonly string[];
  /** Characters of data and metadata. */
  readonly size: number;
  /** On the process's monotonic clock. */
  readonly joinedAt: number;
  /** The same on the appender's own count. */
  readonly joinedAfterMs: number;
  /** The caller has been answered; what becomes of it from here on is of no interest. */
  isSettled: boolean;
  /** Whether all is known now that its caller asked for. */
  readonly settle: (outcome: AppendOutcome) => boolean;
  readonly fail: (error: Error) => void;
}

export interface AppendBounds {
  /** Most events in one flush. */
  readonly flushEvents: number;
  /** Most characters in one flush, except for a single larger append. */
  readonly flushCharacters: number;
  /** Most events waiting; more are turned away before anything is sent. */
  readonly waitingEvents: number;
  readonly waitingCharacters: number;
}

/** The line in front of the log's one writer: bounded, first in first out, with at most one append per stream in a flush. */
export class PendingAppends {
  #line: PendingAppend[] = [];
  #events = 0;
  #characters = 0;

  constructor(private readonly bounds: AppendBounds) {}

  get isEmpty(): boolean {
    return this.#line.length === 0;
  }

  join(pending: PendingAppend): void {
    const { waitingEvents, waitingCharacters } = this.bounds;
    if (this.#events >= waitingEvents || this.#characters >= waitingCharacters)
      throw new StoreUnavailable('too many appends are waiting for the event log');
    this.#line.push(pending);
    this.#count(pending, 1);
  }

  /** Puts appends whose outcome is not known back to the front, in their order. */
  rejoin(appends: readonly PendingAppend[]): void {
    this.#line = [...appends, ...this.#line];
    for (const each of appends) this.#count(each, 1);
  }

  /** Takes all out of the line for which it is too late. */
  leave(isTooLate: (pending: PendingAppend) => boolean): PendingAppend[] {
    const late = this.#line.filter(isTooLate);
    if (late.length === 0) return late;
    this.#line = this.#line.filter((each) => !isTooLate(each));
    for (const each of late) this.#count(each, -1);
    return late;
  }

  /** Takes the next flush out of the line. A stream's later appends wait, because they need the answer of the first. */
  takeFlush(): PendingAppend[] {
    const flush: PendingAppend[] = [];
    const streams = new Set<string>();
    const left: PendingAppend[] = [];
    let events = 0;
    let characters = 0;
    let index = 0;
    for (; index < this.#line.length; index += 1) {
      const each = this.#line[index];
      if (each === undefined) break;
      const tooMuch =
        flush.length > 0 &&
        (events + each.append.events.length > this.bounds.flushEvents ||
          characters + each.size > this.bounds.flushCharacters);
      if (tooMuch) break;
      if (streams.has(each.append.stream)) {
        left.push(each);
        continue;
      }
      streams.add(each.append.stream);
      flush.push(each);
      events += each.append.events.length;
      characters += each.size;
    }
    this.#line = left.length > 0 ? [...left, ...this.#line.slice(index)] : this.#line.slice(index);
    for (const each of flush) this.#count(each, -1);
    return flush;
  }

  #count(pending: PendingAppend, sign: 1 | -1): void {
    this.#events += sign * pending.append.events.length;
    this.#characters += sign * pending.size;
  }
}
