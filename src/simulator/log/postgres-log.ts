import type pg from 'pg';
import { openPool } from '../../platform/postgres/pools.js';
import { OwnStreams } from './own-streams.js';
import { type LoggedEvent, type StoredLog } from './stored-log.js';

interface Row {
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** Payloads and results may have 256 KiB each. */
const pageSize = 200;
const statementTimeoutMs = 60_000;

/** The log in Postgres, by the functions that are made for readers outside (`docs/reference/log-sql.md`). */
export class PostgresLog implements StoredLog {
  readonly #pool: pg.Pool;
  readonly #streams: OwnStreams;

  constructor(connectionString: string, namespace: string | null) {
    this.#streams = new OwnStreams(namespace);
    this.#pool = openPool({
      connectionString,
      name: 'simulator-log',
      // The statement that runs on it fails with the same error.
      onError: () => undefined,
      statementTimeoutMs,
      int8: 'bigint',
      max: 1,
    });
  }

  async *read(): AsyncGenerator<LoggedEvent, void> {
    for (let last = 0n; ;) {
      const { rows } = await this.#pool.query<Row>({
        text: `select position, stream, revision, event_id, type, data, metadata
               from forgerun_log.read_events($1::bigint, $2::integer)`,
        values: [last.toString(), pageSize],
      });
      for (const row of rows) {
        const { position, revision, event_id: eventId, type, data, metadata } = row;
        last = position > last ? position : last;
        const stream = this.#streams.own(row.stream);
        if (stream === null) continue;
        yield { position, stream, revision: Number(revision), eventId, type, data, metadata };
      }
      if (rows.length < pageSize) return;
    }
  }

  async cutOf(stream: string): Promise<number | null> {
    const { rows } = await this.#pool.query<{ readonly before: bigint }>({
      text: 'select before from forgerun_log.read_cuts() where stream = $1',
      values: [this.#streams.stored(stream)],
    });
    return rows[0] === undefined ? null : Number(rows[0].before);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
