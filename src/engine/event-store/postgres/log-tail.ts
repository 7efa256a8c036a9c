import type pg from 'pg';
import { type Position, type Recorded } from '../../../kernel/recorded.js';
import { type Flushed } from './append-flush.js';
import { asText, eventColumns, type EventRow, type EventRows, positionText } from './event-rows.js';
import { PageSize, sizeOf } from './page-size.js';
import { LiveTail } from '../live-tail.js';
import { every, type Timer } from '../../../platform/clock/timer.js';
import { asError } from '../../../platform/async/as-error.js';

interface TailOptions {
  readonly events: number;
  readonly characters: number;
  /** How often the head is looked up when no notification comes, in milliseconds. */
  readonly pollMs: number;
}

/**
 * Fills the live tail of this process. Own appends arrive from memory; those of other processes are read from the table,
 * once for all readers, when a notification or the slow poll announces them. Without a reader nothing is read and nothing
 * kept: a node that only takes commands does not carry the whole log.
 */
export class LogTail {
  readonly live: LiveTail;
  readonly #page = new PageSize();
  #reading: Promise<void> | null = null;
  #readAgain = false;
  readonly #poll: Timer;
  #closed = false;
  #readers = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly rows: EventRows,
    head: Position,
    options: TailOptions,
    private readonly onError: (error: Error) => void,
  ) {
    this.live = new LiveTail(head, options);
    this.#poll = every(options.pollMs, () => {
      this.lookForMore();
    });
  }

  /** From here on the end of the log is kept, until the answer is called. */
  enter(): () => void {
    this.#readers += 1;
    this.lookForMore();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#readers -= 1;
    };
  }

  /** Takes the events of an own flush. */
  accept({ base, head, events, sizes }: Flushed): void {
    if (events.length === 0) return;
    if (this.#readers === 0) {
      this.live.skipTo(head);
      return;
    }
    // Events of other processes lie in between: the table has them all in order.
    if (base !== this.live.through) {
      this.lookForMore();
      return;
    }
    this.live.add(events, sizes, head);
  }

  lookForMore(): void {
    if (this.#closed || this.#readers === 0) return;
    if (this.#reading !== null) {
      this.#readAgain = true;
      return;
    }
    this.#reading = this.#readToHead()
      .catch((error: unknown) => {
        this.onError(asError(error));
      })
      .finally(() => {
        this.#reading = null;
        if (this.#readAgain) {
          this.#readAgain = false;
          this.lookForMore();
        }
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#poll.cancel();
    this.live.wake();
    await this.#reading;
  }

  async #readToHead(): Promise<void> {
    const head = await this.#head();
    while (!this.#closed && this.live.through < head) {
      if (this.#readers === 0) {
        this.live.skipTo(head);
        return;
      }
      const page = this.#page.limit;
      const { rows } = await this.pool.query<EventRow>({
        name: 'tail',
        text: `select ${eventColumns} from forgerun_log.events where position > $1 order by position limit $2`,
        values: [positionText(this.live.through), page],
        rowMode: 'array',
        types: asText,
      });
      this.#page.learn(rows);
      const last = BigInt(rows.at(-1)?.[0] ?? head);
      // Own appends may have come from memory meanwhile.
      const events: Recorded[] = [];
      const sizes: number[] = [];
      for (const row of rows) {
        const event = BigInt(row[0]) > this.live.through ? this.rows.read(row) : null;
        if (event === null) continue;
        events.push(event);
        sizes.push(sizeOf(row));
      }
      // Deleted events leave holes; a page that is not full reaches at least as far as the head seen before it.
      const upTo = rows.length < page && head > last ? head : last;
      this.live.add(events, sizes, upTo);
    }
  }

  async #head(): Promise<Position> {
    const { rows } = await this.pool.query<[string]>({
      name: 'head',
      text: 'select position from forgerun_log.head',
      rowMode: 'array',
      types: asText,
    });
    return BigInt(rows[0]?.[0] ?? '0');
  }
}
