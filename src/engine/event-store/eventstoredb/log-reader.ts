import { setMaxListeners } from 'node:events';
import {
  type EventStoreDBClient,
  type Position as LogPosition,
  type RecordedEvent,
  type StreamingRead,
} from '@eventstore/db-client';
import { type Position, type Recorded, type Revision } from '../../../kernel/recorded.js';
import {
  type LogFilter,
  type LogLook,
  type ReadAllOptions,
  type ReadStreamOptions,
  StoreUnavailable,
  type StreamRead,
} from '../event-store.port.js';
import { matches } from '../log-filter.js';
import { type Connection } from './connection.js';
import { failureOf, isProgramFault } from './failures.js';
import { type EventStoreDbSettings } from './options.js';
import { isKnown, logPositionFrom, positionFrom } from './position.codec.js';
import { RecordedCodec } from './recorded.codec.js';
import { after } from '../../../platform/clock/timer.js';
import { backoffMs } from '../../../platform/async/backoff.js';
import { pause } from '../../../platform/async/pause.js';
import { TookTooLong } from '../../../platform/async/within.js';
import { asError } from '../../../platform/async/as-error.js';

interface LogPage {
  /** Every event of the page, system events included, in the order read. */
  readonly events: readonly RecordedEvent[];
  /** True when the log ended within the page. */
  readonly atEnd: boolean;
}

interface Resolved {
  readonly event?: RecordedEvent;
}

interface StoredOptions {
  readonly from?: Revision | undefined;
  readonly limit?: number | undefined;
  readonly backwards?: boolean;
}

const pageSize = 500;
const firstWaitMs = 20;
const maxWaitMs = 500;

/** Reads that end: of a stream, of a range of the log. Each is bounded in time and tried again while that lasts. */
export class LogReader {
  readonly #closing = new AbortController();
  readonly codec: RecordedCodec;

  constructor(
    private readonly connection: Connection,
    private readonly settings: EventStoreDbSettings,
  ) {
    setMaxListeners(0, this.#closing.signal);
    this.codec = new RecordedCodec(settings.names, settings.foreign);
  }

  async readStream(stream: string, { from, limit, backwards = false }: ReadStreamOptions = {}): Promise<Recorded[]> {
    const name = this.settings.names.stored(stream);
    const found: Recorded[] = [];
    let next = from;
    let maxCount = limit;
    // A limit counts what is ours: foreign events in between are read past.
    while (limit === undefined || found.length < limit) {
      const events = await this.stored(name, { from: next, limit: maxCount, backwards });
      found.push(...this.codec.ours(events));
      const last = events.at(-1);
      if (last === undefined || maxCount === undefined || events.length < maxCount) break;
      next = Number(last.revision) + (backwards ? -1 : 1);
      if (next < 0) break;
      // Where some are foreign, many may be: they are not asked for one by one.
      maxCount = Math.max(limit ?? 0, pageSize);
    }
    return found.slice(0, limit);
  }

  /** A whole stream, and where it ends. */
  async readWhole(stream: string): Promise<StreamRead> {
    const name = this.settings.names.stored(stream);
    const found = { isGone: false };
    const events = await this.#collect(wholeOf(name), () => {
      found.isGone = true;
    });
    const last = events.at(-1);
    const read = { events: this.codec.ours(events), last: last === undefined ? null : Number(last.revision) };
    return found.isGone ? { ...read, isGone: true } : read;
  }

  /** Events as they lie in the store, of whatever program, by the stream's stored name. */
  async stored(name: string, { from, limit, backwards = false }: StoredOptions = {}): Promise<RecordedEvent[]> {
    return await this.#collect((client) =>
      client.readStream(name, {
        direction: backwards ? 'backwards' : 'forwards',
        fromRevision: from === undefined ? (backwards ? 'end' : 'start') : BigInt(from),
        ...(limit === undefined ? {} : { maxCount: limit }),
      }),
    );
  }

  async readAll({ after, limit, filter = {} }: ReadAllOptions): Promise<Recorded[]> {
    const found: Recorded[] = [];
    let position = after ?? null;
    while (found.length < limit) {
      const page = await this.pageAfter(position, pageSize);
      found.push(...this.matching(page.events, filter));
      const last = page.events.at(-1)?.position;
      if (page.atEnd || last === undefined) break;
      position = positionFrom(last);
    }
    return found.slice(0, limit);
  }

  /** What is ours among the next events, as far as they were looked at. */
  async lookOn(after: Position | null, most: number): Promise<LogLook> {
    const found: Recorded[] = [];
    let position = after;
    for (let left = most; left > 0; left -= pageSize) {
      const page = await this.pageAfter(position, Math.min(left, pageSize));
      found.push(...this.codec.ours(page.events));
      const last = page.events.at(-1)?.position;
      if (last !== undefined) position = positionFrom(last);
      if (page.atEnd || last === undefined) break;
    }
    return { events: found, position };
  }

  /** The next events of the log after a position. */
  async pageAfter(after: Position | null, size: number): Promise<LogPage> {
    const from = after === null || after < 0n ? null : logPositionFrom(after);
    // A read begins with the event at its position, a subscription after it; one more is asked for and left out.
    const events = await this.#collect((client) =>
      client.readAll({ direction: 'forwards', fromPosition: from ?? 'start', maxCount: size + 1 }),
    );
    const atEnd = events.length <= size;
    return { events: events.filter((event) => from === null || isBehind(event, from)).slice(0, size + 1), atEnd };
  }

  /** Events of the log before a position, the latest first. */
  async pageBefore(before: LogPosition | 'end', size: number): Promise<LogPage> {
    const events = await this.#collect((client) =>
      client.readAll({ direction: 'backwards', fromPosition: before, maxCount: size }),
    );
    return { events, atEnd: events.length < size };
  }

  /** Those events that are ours and match. */
  matching(events: readonly RecordedEvent[], filter: LogFilter): Recorded[] {
    return this.codec.ours(events).filter((recorded) => matches(filter, recorded));
  }

  close(): void {
    this.#closing.abort();
  }

  async #collect(
    open: (client: EventStoreDBClient) => StreamingRead<Resolved>,
    onGone: () => void = () => undefined,
  ): Promise<RecordedEvent[]> {
    const until = performance.now() + this.settings.retryMs;
    for (let failures = 0; ; failures += 1) {
      try {
        if (this.#closing.signal.aborted) throw new StoreUnavailable('the event store is closed');
        return await everyEvent(open(this.connection.client), this.settings.attemptMs);
      } catch (error) {
        if (isProgramFault(error)) throw error;
        const failure = failureOf(error);
        if (failure === 'gone') onGone();
        if (failure === 'missing' || failure === 'gone') return [];
        const waitMs = backoffMs(failures, firstWaitMs, maxWaitMs);
        if (failure === 'refused' || this.#closing.signal.aborted || performance.now() + waitMs >= until)
          throw new StoreUnavailable(`EventStoreDB did not let itself be read: ${asError(error).message}`, {
            cause: error,
          });
        await pause(waitMs, this.#closing.signal);
      }
    }
  }
}

const wholeOf =
  (name: string) =>
  (client: EventStoreDBClient): StreamingRead<Resolved> =>
    client.readStream(name, { direction: 'forwards', fromRevision: 'start' });

function isBehind({ position }: RecordedEvent, from: LogPosition): boolean {
  return position !== undefined && isKnown(position) && positionFrom(position) > positionFrom(from);
}

/** Everything a read gives. Reads have no deadline of their own: one that says nothing for so long is ended here. */
function everyEvent(read: StreamingRead<Resolved>, silenceMs: number): Promise<RecordedEvent[]> {
  return new Promise((resolve, reject) => {
    const events: RecordedEvent[] = [];
    const timer = after(silenceMs, () => {
      reject(new TookTooLong(`EventStoreDB said nothing for ${silenceMs} ms`));
      // A call that was never made cannot be cancelled; its own error has been reported by then.
      read.cancel().catch(reject);
    });
    read.on('data', ({ event }) => {
      if (event !== undefined) events.push(event);
      timer.refresh();
    });
    read.on('end', () => {
      timer.cancel();
      resolve(events);
    });
    read.on('error', (error) => {
      timer.cancel();
      reject(error);
    });
  });
}
