import type pg from 'pg';
import { type Position } from '../../../kernel/recorded.js';
import { asText, eventColumns, type EventRow, type EventRows, positionText } from './event-rows.js';
import { PageSize } from './page-size.js';
import { after, type Timer } from '../../../platform/clock/timer.js';
import { type LogPart } from '../live-tail.js';

/** Each holds some megabytes at most, whatever the size of the events. */
const maxPages = 16;
const idleMs = 5_000;

/**
 * The log's table for readers that are behind. All of them get it in the same pages, and the last few are kept: the
 * followers of a process, which are behind together, then read and parse the log once and not once each.
 */
export class LogPages {
  /** By their ends, the one asked for last at the end. */
  readonly #kept = new Map<string, Promise<LogPart>>();
  readonly #size = new PageSize();
  readonly #idle: Timer;

  constructor(
    private readonly pool: pg.Pool,
    private readonly rows: EventRows,
  ) {
    this.#idle = after(idleMs, () => {
      this.#kept.clear();
    }).unref();
  }

  /** The next events after a position that lies before `through`; everything up to there is known to be visible. */
  async after(position: Position, through: Position): Promise<LogPart> {
    this.#idle.refresh();
    const size = BigInt(this.#size.limit);
    const from = position - (position % size);
    // A page that is not full yet will be another one the next time.
    if (from + size > through) return await this.#read(position, through);
    const { events, upTo } = await this.#shared(from, from + size);
    return { events: events.filter((event) => event.position > position), upTo };
  }

  close(): void {
    this.#idle.cancel();
    this.#kept.clear();
  }

  async #shared(from: Position, to: Position): Promise<LogPart> {
    const ends = `${from}-${to}`;
    const page = this.#kept.get(ends) ?? this.#read(from, to);
    this.#kept.delete(ends);
    this.#kept.set(ends, page);
    if (this.#kept.size > maxPages) this.#kept.delete(this.#kept.keys().next().value ?? '');
    try {
      return await page;
    } catch (error) {
      // The callers that share the page get the error, and the next one asks again.
      this.#kept.delete(ends);
      throw error;
    }
  }

  async #read(after: Position, upTo: Position): Promise<LogPart> {
    const { rows } = await this.pool.query<EventRow>({
      name: 'log-page',
      text: `select ${eventColumns} from forgerun_log.events where position > $1 and position <= $2 order by position`,
      values: [positionText(after), positionText(upTo)],
      rowMode: 'array',
      types: asText,
    });
    this.#size.learn(rows);
    return { events: this.rows.ours(rows), upTo: rows.length > 0 ? upTo : await this.#endOfHole(upTo) };
  }

  /** The last position of a gap, so that where much was deleted no reader goes through it page by page. */
  async #endOfHole(position: Position): Promise<Position> {
    const { rows } = await this.pool.query<[string]>({
      name: 'end-of-hole',
      text: 'select position from forgerun_log.events where position > $1 order by position limit 1',
      values: [positionText(position)],
      rowMode: 'array',
      types: asText,
    });
    const next = rows[0] === undefined ? position : BigInt(rows[0][0]) - 1n;
    return next > position ? next : position;
  }
}
