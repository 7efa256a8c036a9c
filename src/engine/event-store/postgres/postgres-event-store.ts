import type pg from 'pg';
import { type Position, type Recorded, type Revision } from '../../../kernel/recorded.js';
import {
  type Append,
  type AppendOutcome,
  EventStore,
  type LogLook,
  type ReadAllOptions,
  type ReadStreamOptions,
  StoreUnavailable,
  type StreamRead,
  type SubscribeOptions,
  type Subscription,
} from '../event-store.port.js';
import { ForeignEvents } from '../foreign-events.js';
import { matches } from '../log-filter.js';
import { isServerAway } from '../../../platform/postgres/errors.js';
import { openPool } from '../../../platform/postgres/pools.js';
import { SharedLoop } from '../../../platform/async/shared-loop.js';
import { type StreamNames, withoutNamespace } from '../stream-names.js';
import { Appender } from './appender.js';
import { appendTurn } from './append.sql.js';
import { asText, eventColumns, type EventRow, EventRows, positionText } from './event-rows.js';
import { LogListener } from './log-listener.js';
import { LogPages } from './log-pages.js';
import { LogPeers } from './log-peers.js';
import { LogSubscription } from './log-subscription.js';
import { LogTail } from './log-tail.js';

interface PostgresEventStoreOptions {
  readonly connection: { readonly connectionString: string };
  readonly onError: (error: Error) => void;
  /** How streams are called here; default: without a namespace. */
  readonly names?: StreamNames;
  /** Notified of events of other programs; default: they are not reported. */
  readonly foreign?: ForeignEvents;
  /** How long appends are sent again while the log shows no sign of life, in milliseconds; default 5000. */
  readonly retryMs?: number;
  /** Longest that an append waits for its turn and its outcome; default 11000, of the 15 s that a call may take. */
  readonly answerMs?: number;
  readonly readers?: number;
  readonly pollMs?: number;
  /** How much of the log's end is kept in memory. */
  readonly recentEvents?: number;
  readonly loop?: SharedLoop;
}

const page = 1000;
/** Rows that are turned into events in one turn of the event loop. */
const lookedAtOnce = 250;
/** Most events that are written at once, where one client is here, and where others are, too. */
const flushEvents = { alone: 2000, beside: 200 };

/** The writer's statements look things up by key whatever their size: planning them once is enough. */
const byKey = ['plan_cache_mode=force_generic_plan', 'enable_seqscan=off'];

/** The event log as a table in Postgres. Its migrations must have run. */
export class PostgresEventStore extends EventStore {
  private constructor(
    private readonly writer: pg.Pool,
    private readonly readers: pg.Pool,
    private readonly rows: EventRows,
    private readonly appender: Appender,
    private readonly tail: LogTail,
    private readonly pages: LogPages,
    private readonly listener: LogListener,
    private readonly peers: LogPeers,
    private readonly onError: (error: Error) => void,
  ) {
    super();
  }

  static async open(options: PostgresEventStoreOptions): Promise<PostgresEventStore> {
    const { onError, names = withoutNamespace, loop = new SharedLoop() } = options;
    const rows = new EventRows(names, options.foreign ?? new ForeignEvents(() => undefined));
    const { connectionString } = options.connection;
    // The turn to write is waited for inside a statement, behind other processes.
    const waits = { statementTimeoutMs: 10_000, lockTimeoutMs: 10_000 };
    // And it is held by a transaction that nothing interrupts but the end of its process.
    const limits = { connectionString, onError, ...waits, idleInTransactionMs: 4_000 };
    const writer = openPool({ ...limits, name: 'log-writer', max: 1, pipeline: true, settings: byKey });
    const readers = openPool({ ...limits, name: 'log-reader', max: options.readers ?? 4 });
    const head = await headOf(readers);
    const pollMs = options.pollMs ?? 1000;
    const tail = new LogTail(
      readers,
      rows,
      head,
      { events: options.recentEvents ?? 20_000, characters: 64 * 1024 * 1024, pollMs },
      onError,
    );
    const listener = new LogListener(
      connectionString,
      () => {
        tail.lookForMore();
      },
      onError,
    );
    await listener.open();
    // Now that it listens itself, it is one of those who are counted.
    const peers = new LogPeers(readers, onError, pollMs);
    const appender = new Appender(
      writer,
      names,
      {
        flushEvents: () => loop.pieceOf(flushEvents),
        flushCharacters: 4 * 1024 * 1024,
        waitingEvents: 50_000,
        waitingCharacters: 128 * 1024 * 1024,
        retryMs: options.retryMs ?? 5000,
        answerMs: options.answerMs ?? 11_000,
      },
      (flushed) => {
        tail.accept(flushed);
      },
      () => peers.areThere,
    );
    const pages = new LogPages(readers, rows);
    return new PostgresEventStore(writer, readers, rows, appender, tail, pages, listener, peers, onError);
  }

  async append(append: Append): Promise<AppendOutcome> {
    const [outcome] = await this.appender.appendMany([append]);
    if (outcome === undefined) throw new TypeError('an append was made and none was answered');
    return outcome;
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    return await this.appender.appendMany(appends);
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly Recorded[]> {
    const { from, limit, backwards = false } = options;
    const found: Recorded[] = [];
    let next = from ?? (backwards ? Number.MAX_SAFE_INTEGER : 0);
    let wanted = limit ?? null;
    // A limit counts what is ours: foreign events in between are read past.
    for (;;) {
      const rows = await this.#read({
        name: backwards ? 'read-stream-backwards' : 'read-stream',
        text: `select ${eventColumns} from forgerun_log.events
          where stream = $1 and revision ${backwards ? '<=' : '>='} $2
          order by revision ${backwards ? 'desc' : ''} limit $3`,
        values: [this.rows.names.stored(stream), next, wanted],
      });
      found.push(...this.rows.ours(rows));
      const last = rows.at(-1);
      const isEnd = last === undefined || wanted === null || rows.length < wanted;
      if (isEnd || found.length >= (limit ?? 0)) return found.slice(0, limit);
      next = revisionOf(last) + (backwards ? -1 : 1);
      // Where some are foreign, many may be: they are not asked for one by one.
      wanted = Math.max(limit ?? 0, page);
    }
  }

  async readStreams(streams: readonly string[]): Promise<readonly StreamRead[]> {
    const { names } = this.rows;
    const rows = await this.#read({
      name: 'read-streams',
      text: `select ${eventColumns} from forgerun_log.events
        where stream = any ($1::text[] collate "C") order by stream, revision`,
      values: [streams.map((stream) => names.stored(stream))],
    });
    const byStream = new Map<string, { events: Recorded[]; last: Revision }>();
    for (const row of rows) {
      const stream = byStream.get(row[1]) ?? { events: [], last: 0 };
      byStream.set(row[1], stream);
      const event = this.rows.read(row);
      if (event !== null) stream.events.push(event);
      stream.last = revisionOf(row);
    }
    return streams.map((stream) => byStream.get(names.stored(stream)) ?? { events: [], last: null });
  }

  async readAll({ after, limit, filter = {} }: ReadAllOptions): Promise<readonly Recorded[]> {
    const found: Recorded[] = [];
    let position = after ?? 0n;
    for (;;) {
      const rows = await this.#readAfter(position, page);
      for (const row of rows) {
        if (found.length === limit) return found;
        const each = this.rows.read(row);
        if (each !== null && matches(filter, each)) found.push(each);
      }
      const last = rows.at(-1);
      if (rows.length < page || last === undefined) return found;
      position = BigInt(last[0]);
    }
  }

  override async lookOn(after: Position | null, most: number): Promise<LogLook> {
    const events: Recorded[] = [];
    let position = after;
    for (let left = most; left > 0; left -= lookedAtOnce) {
      const rows = await this.#readAfter(position ?? 0n, Math.min(left, lookedAtOnce));
      for (const row of rows) {
        const each = this.rows.read(row);
        if (each !== null) events.push(each);
      }
      const last = rows.at(-1);
      if (last !== undefined) position = BigInt(last[0]);
      if (rows.length < Math.min(left, lookedAtOnce)) break;
    }
    return { events, position };
  }

  subscribe(options: SubscribeOptions): Subscription {
    return new LogSubscription(this.tail, this.pages, options, this.onError);
  }

  async head(): Promise<Position | null> {
    const head = await unlessUnavailable(() => headOf(this.readers));
    return head === 0n ? null : head;
  }

  async deleteStream(name: string, expected: Revision): Promise<AppendOutcome> {
    const stream = this.rows.names.stored(name);
    return await this.#inTurn(async (client) => {
      const { rows } = await client.query<{ last: string | null; position: string | null }>(
        `select max(revision) as last, max(position) as position from forgerun_log.events where stream = $1`,
        [stream],
      );
      const last = rows[0]?.last ?? null;
      if (last === null || Number(last) !== expected)
        return { kind: 'conflict', actual: last === null ? 'no_stream' : Number(last) };
      await cut(client, stream, expected + 1);
      return { kind: 'appended', revision: expected, position: BigInt(rows[0]?.position ?? '0'), stored: 'now' };
    });
  }

  async truncateBefore(stream: string, revision: Revision): Promise<void> {
    await this.#inTurn((client) => cut(client, this.rows.names.stored(stream), revision));
  }

  async close(): Promise<void> {
    await this.appender.close();
    await this.tail.close();
    await this.peers.close();
    this.pages.close();
    await this.listener.close();
    await Promise.all([this.writer.end(), this.readers.end()]);
  }

  async #readAfter(position: Position, most: number): Promise<EventRow[]> {
    return await this.#read({
      name: 'read-all',
      text: `select ${eventColumns} from forgerun_log.events where position > $1 order by position limit $2`,
      values: [positionText(position), most],
    });
  }

  async #read(query: { name: string; text: string; values: unknown[] }): Promise<EventRow[]> {
    const { rows } = await unlessUnavailable(() =>
      this.readers.query<EventRow>({ ...query, rowMode: 'array', types: asText }),
    );
    return rows;
  }

  /** Runs in the log's own turn, so that no append to the stream comes in between. */
  async #inTurn<Answer>(work: (client: pg.PoolClient) => Promise<Answer>): Promise<Answer> {
    return await unlessUnavailable(async () => {
      const client = await this.readers.connect();
      try {
        await client.query('begin');
        await client.query(appendTurn);
        const answer = await work(client);
        await client.query('commit');
        client.release();
        return answer;
      } catch (error) {
        // Closing the connection ends the transaction, whatever state it is in.
        client.release(true);
        throw error;
      }
    });
  }
}

const revisionOf = (row: EventRow): Revision => Number(row[2]);

async function cut(client: pg.ClientBase, stream: string, before: Revision): Promise<void> {
  await client.query(`delete from forgerun_log.events where stream = $1 and revision < $2`, [stream, before]);
  await client.query(
    `insert into forgerun_log.cuts (stream, before) values ($1, $2)
     on conflict (stream) do update set before = greatest(cuts.before, excluded.before)`,
    [stream, before],
  );
}

/** Whether the tables of a log have been made in this database. */
export async function isLogMade(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ made: boolean }>(`select to_regclass('forgerun_log.head') is not null as made`);
  return rows[0]?.made === true;
}

async function headOf(pool: pg.Pool): Promise<Position> {
  const { rows } = await pool.query<{ position: string }>('select position from forgerun_log.head');
  return BigInt(rows[0]?.position ?? '0');
}

/** Only what passes is called unavailable: senders repeat that for ever, which mends no fault of a program. */
async function unlessUnavailable<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!isServerAway(error)) throw error;
    throw new StoreUnavailable('the event log did not answer', { cause: error });
  }
}
