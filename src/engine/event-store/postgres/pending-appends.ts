import { FairShares } from '../../../platform/async/fair-shares.js';
import { type Append, type AppendOutcome, StoreUnavailable } from '../event-store.port.js';

/** An append waiting for its turn, already turned into text. */
export interface PendingAppend {
  readonly append: Append;
  /** Whose it is. */
  readonly client: string;
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
  readonly flushEvents: () => number;
  /** Most characters in one flush, except for a single larger append. */
  readonly flushCharacters: number;
  /** Most events waiting, of which one client may have three quarters; more are turned away before anything is sent. */
  readonly waitingEvents: number;
  readonly waitingCharacters: number;
}

/**
 * The lines in front of the log's one writer, one for each client: bounded, each first in first out, taken from in turns, with
 * at most one append per stream in a flush.
 */
export class PendingAppends {
  /** In the order of their turns. */
  readonly #lines = new Map<string, PendingAppend[]>();
  readonly #events: FairShares;
  readonly #characters: FairShares;

  constructor(private readonly bounds: AppendBounds) {
    this.#events = new FairShares(bounds.waitingEvents);
    this.#characters = new FairShares(bounds.waitingCharacters);
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  join(pending: PendingAppend): void {
    const { client } = pending;
    if (this.#events.allowance(client) < 1 || this.#characters.allowance(client) < 1)
      throw new StoreUnavailable('too many appends are waiting for the event log');
    this.#lineOf(client).push(pending);
    this.#take(pending);
  }

  /** Puts appends whose outcome is not known back to the front, in their order. */
  rejoin(appends: readonly PendingAppend[]): void {
    for (const each of [...appends].reverse()) {
      this.#lineOf(each.client).unshift(each);
      this.#take(each);
    }
  }

  /** Takes all out of the lines for which it is too late. */
  leave(isTooLate: (pending: PendingAppend) => boolean): PendingAppend[] {
    const late: PendingAppend[] = [];
    for (const [client, line] of [...this.#lines]) {
      const before = late.length;
      for (const each of line) if (isTooLate(each)) late.push(each);
      if (late.length > before)
        this.#leave(
          client,
          line.filter((each) => !isTooLate(each)),
        );
    }
    for (const each of late) this.#giveBack(each);
    return late;
  }

  /**
   * Takes the next flush out of the lines: one append of each client, then the second of each, as far as there is room. A
   * stream's later appends wait, because they need the answer of the first.
   */
  takeFlush(): PendingAppend[] {
    const { flushCharacters } = this.bounds;
    const flushEvents = this.bounds.flushEvents();
    const flush: PendingAppend[] = [];
    const streams = new Set<string>();
    let events = 0;
    let characters = 0;
    const turns = [...this.#lines].map(([client, line]) => ({ client, line, next: 0, left: [] as PendingAppend[] }));
    let open = turns;
    let full: string | null = null;
    while (open.length > 0 && full === null) {
      for (const turn of open) {
        const { line: appends } = turn;
        let each = appends[turn.next];
        for (; each !== undefined && streams.has(each.append.stream); each = appends[turn.next]) {
          turn.left.push(each);
          turn.next += 1;
        }
        if (each === undefined) continue;
        if (
          flush.length > 0 &&
          (events + each.append.events.length > flushEvents || characters + each.size > flushCharacters)
        ) {
          full = turn.client;
          break;
        }
        turn.next += 1;
        streams.add(each.append.stream);
        flush.push(each);
        events += each.append.events.length;
        characters += each.size;
      }
      open = open.filter(({ line, next }) => next < line.length);
    }
    for (const { client, line, next, left } of turns) this.#leave(client, [...left, ...line.slice(next)]);
    for (const each of flush) this.#giveBack(each);
    this.#turnTo(full);
    return flush;
  }

  #lineOf(client: string): PendingAppend[] {
    const line = this.#lines.get(client) ?? [];
    this.#lines.set(client, line);
    return line;
  }

  /** What is left of a line, which keeps its turn. */
  #leave(client: string, left: PendingAppend[]): void {
    if (left.length > 0) this.#lines.set(client, left);
    else this.#lines.delete(client);
  }

  /** Whose turn it was when there was no room left, comes first next time. */
  #turnTo(client: string | null): void {
    if (client === null) return;
    for (const [before, line] of [...this.#lines]) {
      if (before === client) return;
      this.#lines.delete(before);
      this.#lines.set(before, line);
    }
  }

  #take({ client, append, size }: PendingAppend): void {
    this.#events.take(client, append.events.length);
    this.#characters.take(client, size);
  }

  #giveBack({ client, append, size }: PendingAppend): void {
    this.#events.giveBack(client, append.events.length);
    this.#characters.giveBack(client, size);
  }
}
