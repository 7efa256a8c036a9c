import type pg from 'pg';
import type { Instant } from '../../kernel/instant.js';
import type { Position, Revision } from '../../kernel/recorded.js';

/** Where an event of a client lies. */
export interface HistoryPlace {
  readonly position: Position;
  readonly stream: string;
  readonly revision: Revision;
}

export interface HistoryPage {
  readonly places: readonly HistoryPlace[];
  /** Everything up to here has been looked at; null when there was nothing after the place asked for. */
  readonly seen: Position | null;
  /** Whether there may be more behind it. */
  readonly hasMore: boolean;
}

interface Row {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly event_name: string;
}

/** A page looks at so many events at most, however few of them are of the types asked for. */
const mostScanned = 5_000;

/** Reads the history read model. */
export class HistoryTable {
  constructor(private readonly pool: pg.Pool) {}

  /** In the order of the log, after a position. */
  async page(clientId: string, after: Position, types: readonly string[] | null, limit: number): Promise<HistoryPage> {
    const scanned = types === null ? limit : mostScanned;
    const { rows } = await this.pool.query<Row>({
      name: 'page-of-history',
      text: `
        select position::text as position, stream, revision, event_name from forgerun_read.history
        where client_id = $1 and position > $2::numeric order by position limit $3`,
      values: [clientId, after.toString(), scanned],
    });
    const wanted = types === null ? rows : rows.filter(({ event_name }) => types.includes(event_name));
    const page = wanted.slice(0, limit);
    const isCut = wanted.length > limit || rows.length === scanned;
    const last = wanted.length > limit ? page.at(-1) : rows.at(-1);
    return {
      places: page.map(({ position, stream, revision }) => ({ position: BigInt(position), stream, revision })),
      seen: last === undefined ? null : BigInt(last.position),
      hasMore: isCut,
    };
  }

  /** The position before the client's first event at or after an instant, by halving: times rise with positions. */
  async before(clientId: string, at: Instant): Promise<Position> {
    let low = -1n;
    let high = (await this.last(clientId)) ?? -1n;
    while (low < high) {
      const middle = (low + high) >> 1n;
      const next = await this.nextAfter(clientId, middle);
      if (next === null || next.at >= at) high = middle;
      else low = next.position;
    }
    return low;
  }

  private async last(clientId: string): Promise<Position | null> {
    const { rows } = await this.pool.query<{ position: string | null }>({
      name: 'last-of-history',
      text: 'select max(position)::text as position from forgerun_read.history where client_id = $1',
      values: [clientId],
    });
    const position = rows[0]?.position ?? null;
    return position === null ? null : BigInt(position);
  }

  private async nextAfter(clientId: string, position: Position): Promise<{ position: Position; at: Instant } | null> {
    const { rows } = await this.pool.query<{ position: string; at: Date }>({
      name: 'next-of-history',
      text: `
        select position::text as position, at from forgerun_read.history
        where client_id = $1 and position > $2::numeric order by position limit 1`,
      values: [clientId, position.toString()],
    });
    const row = rows[0];
    return row === undefined ? null : { position: BigInt(row.position), at: row.at.getTime() };
  }
}
