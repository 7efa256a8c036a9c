import { type FoldedReactions } from '../../src/engine/sagas/saga-reactions.js';
import { type Timer } from '../../src/engine/timers/timer.js';
import { type Instant } from '../../src/kernel/instant.js';

export interface VirtualTimer {
  timer: Timer;
  dueAt: Instant;
  tries: number;
  isHeld: boolean;
  /** What writers said of it while a runner held it: they come after the runner. Null: drop it. */
  later: Timer | null | undefined;
}

type Entry = readonly [dueAt: Instant, id: string];

/** The table of timers: a row that one runner holds is passed over by the others, and writers wait for it. */
export class VirtualTimers {
  readonly #rows = new Map<string, VirtualTimer>();
  /** A binary heap; entries whose row has moved on are passed over. */
  readonly #heap: Entry[] = [];

  get size(): number {
    return this.#rows.size;
  }

  get nextDueAt(): Instant {
    return this.#heap[0]?.[0] ?? Number.POSITIVE_INFINITY;
  }

  apply({ armed, dropped }: FoldedReactions): void {
    for (const id of dropped) this.#write(id, null);
    for (const timer of armed) this.#write(timer.timerId, timer);
  }

  take(now: Instant, limit: number): readonly VirtualTimer[] {
    const taken: VirtualTimer[] = [];
    while (taken.length < limit && this.nextDueAt <= now) {
      const [dueAt, id] = this.#pop();
      const row = this.#rows.get(id);
      if (row === undefined || row.dueAt !== dueAt || row.isHeld) continue;
      row.isHeld = true;
      taken.push(row);
    }
    return taken;
  }

  /** Lets go of a row: null is done with it, an instant is its next time, and otherwise it is as it was. */
  release(row: VirtualTimer, outcome: { readonly dueAt: Instant; readonly tries: number } | 'as it was' | null): void {
    const { timer, later } = row;
    row.isHeld = false;
    row.later = undefined;
    if (outcome === null) this.#rows.delete(timer.timerId);
    else if (outcome !== 'as it was') Object.assign(row, outcome);
    if (later !== undefined) this.#write(timer.timerId, later);
    else if (outcome !== null) this.#push([row.dueAt, timer.timerId]);
  }

  #write(id: string, timer: Timer | null): void {
    const row = this.#rows.get(id);
    if (row?.isHeld === true) row.later = timer;
    else if (timer === null) this.#rows.delete(id);
    else {
      this.#rows.set(id, { timer, dueAt: timer.dueAt, tries: 0, isHeld: false, later: undefined });
      this.#push([timer.dueAt, id]);
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, heap[above])) break;
      [heap[at], heap[above]] = [heap[above] as Entry, entry];
      at = above;
    }
  }

  #pop(): Entry {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) throw new RangeError('there is no timer');
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const below = left + 1 < heap.length && isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      const next = heap[below];
      if (next === undefined || !isBefore(next, last)) break;
      heap[at] = next;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return other === undefined;
  return one[0] === other[0] ? one[1] < other[1] : one[0] < other[0];
}
