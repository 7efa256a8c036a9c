import { type Pool } from 'pg';
import { poolAt } from '../support/postgres.js';
import {
  type Append,
  type AppendOutcome,
  EventStore,
  type ReadAllOptions,
} from '../../src/engine/event-store/event-store.port.js';
import { matches } from '../../src/engine/event-store/log-filter.js';
import { type DomainEvent } from '../../src/kernel/message.js';
import { type EventMetadata, type Position, type Recorded } from '../../src/kernel/recorded.js';

interface Row {
  position: string;
  stream: string;
  revision: number;
  id: string;
  event: DomainEvent;
  metadata: EventMetadata;
}

/** What one would write first: positions from an identity column, and readers that ask for what is greater. It loses events. */
export class NaiveEventStore extends EventStore {
  private constructor(private readonly pool: Pool) {
    super();
  }

  static async open(connectionString: string): Promise<NaiveEventStore> {
    const pool = poolAt(connectionString, 8);
    await pool.query('select pg_advisory_lock(99)');
    await pool.query(`create table if not exists public.naive_log (
      position bigint generated always as identity primary key,
      stream text not null, revision int not null, id uuid not null, event json not null, metadata json not null,
      unique (stream, revision))`);
    await pool.query('select pg_advisory_unlock_all()');
    return new NaiveEventStore(pool);
  }

  async append({ stream, events }: Append): Promise<AppendOutcome> {
    const client = await this.pool.connect();
    let position = '0';
    await client.query('begin');
    for (const [revision, { id, event, metadata }] of events.entries()) {
      const { rows } = await client.query<{ position: string }>(
        'insert into public.naive_log (stream, revision, id, event, metadata) values ($1, $2, $3, $4, $5) returning position',
        [stream, revision, id, event, metadata],
      );
      position = rows[0]?.position ?? position;
    }
    await client.query('commit');
    client.release();
    return { kind: 'appended', revision: events.length - 1, position: BigInt(position), stored: 'now' };
  }

  async readAll({ after = 0n, limit, filter = {} }: ReadAllOptions): Promise<readonly Recorded[]> {
    const { rows } = await this.pool.query<Row>(
      'select * from public.naive_log where position > $1 order by position limit $2',
      [after.toString(), limit],
    );
    return rows.map((row) => ({ ...row, position: BigInt(row.position) })).filter((each) => matches(filter, each));
  }

  async head(): Promise<Position | null> {
    const { rows } = await this.pool.query<{ head: string | null }>(
      'select max(position) as head from public.naive_log',
    );
    return rows[0]?.head == null ? null : BigInt(rows[0].head);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  appendMany(): never {
    return unneeded();
  }

  readStream(): never {
    return unneeded();
  }

  readStreams(): never {
    return unneeded();
  }

  subscribe(): never {
    return unneeded();
  }

  deleteStream(): never {
    return unneeded();
  }

  truncateBefore(): never {
    return unneeded();
  }
}

function unneeded(): never {
  throw new Error('the check of positions does not need this');
}
