import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type Batch, type LogFilter } from './event-store.port.js';
import { matches } from './log-filter.js';
import { type RecentBounds, RecentEvents } from './recent-events.js';

/** Part of the log as it is. */
export interface LogPart {
  readonly events: readonly Recorded[];
  /** Everything up to here is in it. */
  readonly upTo: Position;
}

/**
 * The live end of the log in the memory of a process, for all of its readers that keep up. How events come to it is the
 * store's affair: it hands them over in their order and without a hole.
 */
export class LiveTail {
  readonly #waiting = new Set<() => void>();
  #recent: RecentEvents;

  constructor(
    head: Position,
    private readonly bounds: RecentBounds,
  ) {
    this.#recent = new RecentEvents(head, bounds);
  }

  /** Everything up to here is known to a reader that has taken what `after` gave. */
  get through(): Position {
    return this.#recent.through;
  }

  /** Takes events that follow `through` directly, and moves `through` to `upTo`. */
  add(events: readonly Recorded[], sizes: readonly number[], upTo: Position): void {
    this.#recent.add(events, sizes, upTo);
    this.wake();
  }

  /** Goes on after a later position, without what lies between. */
  skipTo(position: Position): void {
    this.#recent.skipTo(position);
  }

  /** Begins anew at a position, which may be an earlier one. */
  restart(head: Position): void {
    this.#recent = new RecentEvents(head, this.bounds);
    this.wake();
  }

  /** Whether a reader at this position finds here all that follows. */
  covers(position: Position): boolean {
    return this.#recent.after(position, 0) !== null;
  }

  /**
   * What follows a position; null when it reaches back too far. A little more than a batch, so that a narrow filter does not
   * turn into many empty batches.
   */
  after(position: Position, maxBatch: number): LogPart | null {
    const { through } = this;
    const most = maxBatch * 4;
    const events = this.#recent.after(position, most);
    if (events === null) return null;
    return { events, upTo: events.length < most ? through : (events.at(-1)?.position ?? position) };
  }

  /** Resolves when there may be something after the position, when it is woken, or when the signal fires. */
  async somethingAfter(position: Position, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.through > position) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done);
      this.#waiting.add(done);
    });
  }

  /** Lets all who wait look again. */
  wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}

/** What of a part of the log a reader wants, up to a batch; null where it comes no further. */
export function batchOf(
  { events: seen, upTo }: LogPart,
  {
    position,
    filter,
    maxBatch,
  }: { readonly position: Position; readonly filter: LogFilter; readonly maxBatch: number },
  through: Position,
): Batch | null {
  const events: Recorded[] = [];
  let last = position;
  for (const each of seen) {
    if (events.length === maxBatch) break;
    last = each.position;
    if (matches(filter, each)) events.push(each);
  }
  // Where events were deleted, or are of no interest to it, the position moves on without them.
  if (last === (seen.at(-1)?.position ?? position) && upTo > last) last = upTo;
  return last === position ? null : { events, position: last, caughtUp: last >= through };
}
