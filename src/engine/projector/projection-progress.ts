import { filter, map, type Observable, Subject } from 'rxjs';
import { type Position } from '../../kernel/recorded.js';
import { after } from '../../platform/clock/timer.js';

export interface Progress {
  readonly name: string;
  readonly position: Position;
  /** Tables that changed since the position before; null when another process wrote and did not say. */
  readonly tables: readonly string[] | null;
  /** Whose events these were; absent where that is not known, and any client's may have been among them. */
  readonly clients?: ReadonlySet<string>;
}

/** How far the projections have come, wherever they run. */
export abstract class ProjectionProgress {
  /** Null: not known yet. */
  abstract positionOf(name: string): Position | null;

  /** True once the projection has seen everything up to the position; false if that takes too long. */
  abstract waitFor(name: string, position: Position, timeoutMs: number): Promise<boolean>;

  abstract changes(name: string): Observable<Position>;

  /** Every step of every projection, with the tables it touched. */
  abstract steps(): Observable<Progress>;
}

/** There are more waiters than a process should carry. */
export class TooManyWaiters extends Error {}

interface Waiter {
  readonly position: Position;
  readonly arrived: () => void;
}

/** The progress that this process knows of: projectors here and a feed from other processes report it. */
export class KnownProgress extends ProjectionProgress {
  readonly #positions = new Map<string, Position>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #steps = new Subject<Progress>();
  readonly #flushRequests = new Subject<string>();
  /** Up to where projections of this process are writing. */
  readonly #writing = new Map<string, Position>();
  #waiting = 0;

  constructor(private readonly maxWaiters = 10_000) {
    super();
  }

  publish(progress: Progress): void {
    const { name, position } = progress;
    if (this.#writing.get(name) === position) this.#writing.delete(name);
    const known = this.#positions.get(name);
    const further = known === undefined || position > known;
    // What waited behind a parked event is written without the position moving.
    if (!further && (progress.tables ?? []).length === 0) return;
    if (further) this.#positions.set(name, position);
    for (const waiter of this.#waiters.get(name) ?? []) if (waiter.position <= position) waiter.arrived();
    this.#steps.next(progress);
  }

  /** This process writes up to there, and publishes it once it is written. */
  writes(name: string, position: Position): void {
    this.#writing.set(name, position);
  }

  /** A process has written up to there. If it was this one, it is about to publish the same, and knows more of it. */
  report(name: string, position: Position): void {
    if (this.#writing.get(name) !== position) this.publish({ name, position, tables: null });
  }

  /** Whether a caller waits for a projection. */
  hasWaiters(name: string): boolean {
    return (this.#waiters.get(name)?.size ?? 0) > 0;
  }

  /** The projections that callers begin to wait for. */
  flushRequests(): Observable<string> {
    return this.#flushRequests.asObservable();
  }

  positionOf(name: string): Position | null {
    return this.#positions.get(name) ?? null;
  }

  async waitFor(name: string, position: Position, timeoutMs: number): Promise<boolean> {
    const known = this.#positions.get(name);
    if (known !== undefined && known >= position) return true;
    if (this.#waiting >= this.maxWaiters) throw new TooManyWaiters(`${this.#waiting} waiters for projections`);
    const waiters = this.#waiters.get(name) ?? new Set<Waiter>();
    this.#waiters.set(name, waiters);
    return new Promise((resolve) => {
      const settle = (arrived: boolean): void => {
        timer.cancel();
        waiters.delete(waiter);
        this.#waiting -= 1;
        resolve(arrived);
      };
      const waiter: Waiter = {
        position,
        arrived: () => {
          settle(true);
        },
      };
      const timer = after(timeoutMs, () => {
        settle(false);
      });
      waiters.add(waiter);
      this.#waiting += 1;
      this.#flushRequests.next(name);
    });
  }

  changes(name: string): Observable<Position> {
    return this.#steps.pipe(
      filter((step) => step.name === name),
      map(({ position }) => position),
    );
  }

  steps(): Observable<Progress> {
    return this.#steps.asObservable();
  }
}
