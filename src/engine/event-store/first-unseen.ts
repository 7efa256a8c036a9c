import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { type EventStore, type LogFilter } from './event-store.port.js';
import { matches } from './log-filter.js';

/** Events that are looked at for one answer, and at once. */
const lookedAt = 2_000;
const lookedAtOnce = 250;

interface Looked {
  /** Nothing that the reader wants lies between its position and here. */
  readonly to: Position | null;
  /** The first that it wants; null: it was not found yet. */
  readonly first: { readonly position: Position; readonly at: Instant } | null;
}

/**
 * Since when readers of the log have had something to do. Between what a reader has seen and what it has still to see there
 * may be any number of events of others, so a bounded number is looked at for one answer, and the next goes on from there.
 */
export class FirstUnseen {
  readonly #looked = new Map<string, Looked>();

  constructor(private readonly store: Pick<EventStore, 'lookOn'>) {}

  /** When the first event behind `position` was written that the reader wants; null: there is none, or it was not found yet. */
  async since(reader: string, position: Position | null, filter: LogFilter = {}): Promise<Instant | null> {
    const { to, first } = this.#looked.get(reader) ?? { to: null, first: null };
    if (first !== null && isBefore(position, first.position)) return first.at;
    let from = isBefore(position, to) ? to : position;
    for (let looked = 0; looked < lookedAt; looked += lookedAtOnce) {
      const { events, position: end } = await this.store.lookOn(from, lookedAtOnce);
      const found = events.find((recorded) => matches(filter, recorded));
      if (found !== undefined) {
        this.#looked.set(reader, { to: end, first: { position: found.position, at: found.metadata.at } });
        return found.metadata.at;
      }
      if (end === from) break;
      from = end;
    }
    this.#looked.set(reader, { to: from, first: null });
    return null;
  }
}

const isBefore = (one: Position | null, other: Position | null): boolean =>
  other !== null && (one === null || one < other);
