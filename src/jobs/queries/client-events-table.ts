import type pg from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Position, type Revision, segmentOf } from '../../kernel/recorded.js';

/** Where an event of a client lies. */
export interface EventPlace {
  readonly position: Position;
  readonly stream: string;
  readonly revision: Revision;
}

interface EventPlacesPage {
  readonly places: readonly EventPlace[];
  /** Everything up to here has been looked at; null when there was nothing after the place asked for. */
  readonly seen: Position | null;
  /** Whether there may be more behind it. */
  readonly hasMore: boolean;
}

interface Place extends EventPlace {
  readonly at: Instant;
  readonly eventName: string;
}

/** A page looks at so many events at most, however few of them are of the types asked for. */
const maxScanned = 5_000;
/** Rows read at once; each holds the client's part of a few dozen events. */
const rowsAtOnce = 50;

/** Reads the read model `client-events`. */
export class ClientEventsTable {
  constructor(private readonly pool: pg.Pool) {}

  /** In the order of the log, after a position. */
  async page(
    clientId: string,
    after: Position,
    types: readonly string[] | null,
    limit: number,
  ): Promise<EventPlacesPage> {
    const places: EventPlace[] = [];
    let seen: Position | null = null;
    let scanned = 0;
    for await (const line of this.#lines(clientId, after)) {
      if (places.length === limit || scanned === maxScanned) return { places, seen, hasMore: true };
      scanned += 1;
      seen = line.position;
      if (types === null || types.includes(line.eventName)) places.push(line);
    }
    return { places, seen, hasMore: false };
  }

  /** The position before the client's first event at or after an instant, by halving: times rise with positions. */
  async before(clientId: string, at: Instant): Promise<Position> {
    let low = -1n;
    let high = (await this.#last(clientId)) ?? -1n;
    while (low < high) {
      const middle = (low + high) >> 1n;
      const next = await this.#nextAfter(clientId, middle);
      if (next === null || next.at >= at) high = middle;
      else low = next.position;
    }
    return low;
  }

  async #last(clientId: string): Promise<Position | null> {
    const { rows } = await this.pool.query<{ places: string }>({
      name: 'last-client-event',
      text: 'select places from forgerun_read.client_events where client_id = $1 order by segment desc limit 1',
      values: [clientId],
    });
    return linesIn(rows[0]?.places ?? '').at(-1)?.position ?? null;
  }

  async #nextAfter(clientId: string, position: Position): Promise<Place | null> {
    for await (const line of this.#lines(clientId, position, 2)) return line;
    return null;
  }

  async *#lines(clientId: string, after: Position, rowsFirst = rowsAtOnce): AsyncGenerator<Place, void, undefined> {
    let segment = after < 0n ? -1n : segmentOf(after) - 1n;
    for (let most = rowsFirst; ; most = rowsAtOnce) {
      const { rows } = await this.pool.query<{ segment: string; places: string }>({
        name: 'client-event-segments',
        text: `
          select segment::text as segment, places from forgerun_read.client_events
          where client_id = $1 and segment > $2::numeric order by client_events.segment limit $3`,
        values: [clientId, segment.toString(), most],
      });
      for (const { places } of rows) for (const line of linesIn(places)) if (line.position > after) yield line;
      const last = rows.at(-1);
      if (last === undefined || rows.length < most) return;
      segment = BigInt(last.segment);
    }
  }
}

function linesIn(places: string): Place[] {
  return places
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [position = '0', revision, at, eventName = '', stream = ''] = line.split(' ');
      return { position: BigInt(position), revision: Number(revision), at: Number(at), eventName, stream };
    });
}
