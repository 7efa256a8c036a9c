import { type EventRow } from './event-rows.js';

const least = 10;
const most = 1000;
const manyCharacters = 8 * 1024 * 1024;
const fewCharacters = 2 * 1024 * 1024;

/** How many rows to ask for next, so that a page stays within some megabytes however large the events are. */
export class PageSize {
  #rows = 100;

  get limit(): number {
    return this.#rows;
  }

  learn(rows: readonly EventRow[]): void {
    let characters = 0;
    for (const row of rows) characters += sizeOf(row);
    if (characters > manyCharacters) this.#rows = Math.max(least, Math.floor(this.#rows / 4));
    else if (characters < fewCharacters && rows.length === this.#rows) this.#rows = Math.min(most, this.#rows * 3);
  }
}

/** Characters of an event's data and metadata. */
export const sizeOf = (row: EventRow): number => row[5].length + row[6].length;
