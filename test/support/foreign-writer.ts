import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connect } from '../../src/engine/event-store/eventstoredb/connection.js';

/** An event as another program writes it: texts, whatever they hold. */
export interface ForeignText {
  readonly type?: string;
  readonly data?: string;
  /** Null: none at all. */
  readonly metadata?: string | null;
  readonly isBinary?: boolean;
}

/** Another program that uses the same log. */
export interface ForeignWriter {
  /** Appends to a stream, by its name in the store, wherever that ends. */
  write(stream: string, ...events: readonly ForeignText[]): Promise<void>;
  close(): Promise<void>;
}

export const foreignWriterOn = (url: string): Promise<ForeignWriter> =>
  url.startsWith('esdb') ? besideEventStoreDb(url) : besidePostgres(url);

async function besideEventStoreDb(url: string): Promise<ForeignWriter> {
  const { client, close } = await opened(url);
  return {
    async write(stream, ...events) {
      await client.appendToStream(
        stream,
        events.map(({ type = 'Happened', data = '{}', metadata = null, isBinary = false }) => {
          const common = { id: randomUUID(), type };
          const said = metadata === null ? {} : { metadata: asClientTakesIt(metadata) };
          return isBinary
            ? { ...common, ...said, contentType: 'application/octet-stream' as const, data: Buffer.from(data) }
            : { ...common, ...said, contentType: 'application/json' as const, data: JSON.parse(data) as object };
        }) as never,
        { expectedRevision: 'any' },
      );
    },
    close,
  };
}

async function opened(url: string) {
  const connection = await connect(url, { onError: () => undefined, connectionNumber: 2 });
  return { client: connection.client, close: () => connection.close() };
}

function asClientTakesIt(metadata: string): unknown {
  try {
    return JSON.parse(metadata) as unknown;
  } catch {
    return Buffer.from(metadata);
  }
}

/** By hand, into the table. It has no place for an event without metadata: that is an empty text there. */
async function besidePostgres(url: string): Promise<ForeignWriter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async write(stream, ...events) {
      for (const { type = 'Happened', data = '{}', metadata } of events)
        await client.query(
          `with place as (update forgerun_log.head set position = position + 1 returning position)
           insert into forgerun_log.events (position, stream, revision, event_id, type, data, metadata)
           select position, $1::text, coalesce((select max(revision) from forgerun_log.events where stream = $1), -1) + 1,
             gen_random_uuid(), $2, $3, $4 from place`,
          [stream, type, data, metadata ?? ''],
        );
      await client.query('notify forgerun_log');
    },
    async close() {
      await client.end();
    },
  };
}
