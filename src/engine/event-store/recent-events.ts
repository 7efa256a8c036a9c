import { type Position, type Recorded } from '../../kernel/recorded.js';

export interface RecentBounds {
  readonly events: number;
  readonly characters: number;
}

/**
 * The end of the log, kept in memory for the readers that keep up. It always covers everything from its beginning to
 * `through` without a hole; a reader that asks for older events has to go to the store.
 */
export class RecentEvents {
  #events: Recorded[] = [];
  #sizes: number[] = [];
  #characters = 0;
  #start = 0;
  #beginning: Position;
  #end: Position;

  constructor(
    head: Position,
    private readonly bounds: RecentBounds,
  ) {
    this.#beginning = head;
    this.#end = head;
  }

  /** Everything up to here is covered. */
  get through(): Position {
    return this.#end;
  }

  /** Takes events that follow `through` directly, and moves `through` to `upTo`. */
  add(events: readonly Recorded[], sizes: readonly number[], upTo: Position): void {
    for (const event of events) this.#events.push(event);
    for (const size of sizes) {
      this.#sizes.push(size);
      this.#characters += size;
    }
    if (upTo > this.#end) this.#end = upTo;
    this.#trim();
  }

  /** Forgets everything and goes on after a position. */
  skipTo(position: Position): void {
    if (position <= this.#end) return;
    this.#events = [];
    this.#sizes = [];
    this.#characters = 0;
    this.#start = 0;
    this.#beginning = position;
    this.#end = position;
  }

  /** Up to `most` events after a position, or null when the position lies before the beginning. */
  after(position: Position, most: number): readonly Recorded[] | null {
    if (position < this.#beginning) return null;
    const from = this.#firstAfter(position);
    return this.#events.slice(from, from + most);
  }

  #firstAfter(position: Position): number {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.#events[middle];
      if (event !== undefined && event.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #trim(): void {
    while (
      this.#events.length - this.#start > this.bounds.events ||
      (this.#characters > this.bounds.characters && this.#events.length - this.#start > 1)
    ) {
      const oldest = this.#events[this.#start];
      if (oldest === undefined) break;
      this.#characters -= this.#sizes[this.#start] ?? 0;
      this.#beginning = oldest.position;
      this.#start += 1;
    }
    // Cutting the arrays at every step would copy them each time; half of them at once costs next to nothing.
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#sizes = this.#sizes.slice(this.#start);
      this.#start = 0;
    }
  }
}
