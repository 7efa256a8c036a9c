import { setMaxListeners } from 'node:events';
import type { EventStoreDBClient, Position as LogPosition, RecordedEvent, StreamingRead } from '@eventstore/db-client';
import type { Position, Recorded } from '../../../kernel/recorded.js';
import { type LogFilter, type ReadAllOptions, type ReadStreamOptions, StoreUnavailable } from '../event-store.port.js';
import { matches } from '../log-filter.js';
import { backoffMs, pause, TookTooLong } from './backoff.js';
import type { Connection } from './connection.js';
import { asError, failureOf } from './failures.js';
import type { EventStoreDbSettings } from './options.js';
import { isKnown, logPositionFrom, positionFrom } from './position.codec.js';
import { isOurs, recordedFrom } from './recorded.codec.js';

export interface LogPage {
  /** Every event of the page, system events included, in the order read. */
  readonly events: readonly RecordedEvent[];
  /** True when the log ended within the page. */
  readonly atEnd: boolean;
}

interface Resolved {
  readonly event?: RecordedEvent;
}

const pageSize = 500;
const firstWaitMs = 20;
const longestWaitMs = 500;

/** Reads that end: of a stream, of a stretch of the log. Each is bounded in time and tried again while that lasts. */
export class LogReader {
  private readonly closing = new AbortController();

  constructor(
    private readonly connection: Connection,
    private readonly settings: EventStoreDbSettings,
  ) {
    setMaxListeners(0, this.closing.signal);
  }

  async readStream(stream: string, { from, limit, backwards = false }: ReadStreamOptions = {}): Promise<Recorded[]> {
    if (limit === 0) return [];
    const events = await this.collect((client) =>
      client.readStream(stream, {
        direction: backwards ? 'backwards' : 'forwards',
        fromRevision: from === undefined ? (backwards ? 'end' : 'start') : BigInt(from),
        ...(limit === undefined ? {} : { maxCount: limit }),
      }),
    );
    return events.filter(isOurs).map(recordedFrom);
  }

  /** The last event of a stream as it lies there, system streams included. */
  async lastOf(stream: string): Promise<RecordedEvent | undefined> {
    const [last] = await this.collect((client) =>
      client.readStream(stream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 }),
    );
    return last;
  }

  async readAll({ after, limit, filter = {} }: ReadAllOptions): Promise<Recorded[]> {
    const found: Recorded[] = [];
    let position = after ?? null;
    while (found.length < limit) {
      const page = await this.pageAfter(position, pageSize);
      found.push(...matching(page.events, filter));
      const last = page.events.at(-1)?.position;
      if (page.atEnd || last === undefined) break;
      position = positionFrom(last);
    }
    return found.slice(0, limit);
  }

  /** The next events of the log after a position. */
  async pageAfter(after: Position | null, size: number): Promise<LogPage> {
    const from = after === null || after < 0n ? null : logPositionFrom(after);
    // A read begins with the event at its position, a subscription after it; one more is asked for and left out.
    const events = await this.collect((client) =>
      client.readAll({ direction: 'forwards', fromPosition: from ?? 'start', maxCount: size + 1 }),
    );
    const atEnd = events.length <= size;
    return { events: events.filter((event) => from === null || isBehind(event, from)).slice(0, size + 1), atEnd };
  }

  /** Events of the log before a position, the latest first. */
  async pageBefore(before: LogPosition | 'end', size: number): Promise<LogPage> {
    const events = await this.collect((client) =>
      client.readAll({ direction: 'backwards', fromPosition: before, maxCount: size }),
    );
    return { events, atEnd: events.length < size };
  }

  close(): void {
    this.closing.abort();
  }

  private async collect(open: (client: EventStoreDBClient) => StreamingRead<Resolved>): Promise<RecordedEvent[]> {
    const until = performance.now() + this.settings.retryMs;
    for (let failures = 0; ; failures += 1) {
      try {
        if (this.closing.signal.aborted) throw new StoreUnavailable('the event store is closed');
        return await everyEvent(open(this.connection.client), this.settings.attemptMs);
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'missing' || failure === 'gone') return [];
        const waitMs = backoffMs(failures, firstWaitMs, longestWaitMs);
        if (failure === 'refused' || this.closing.signal.aborted || performance.now() + waitMs >= until)
          throw new StoreUnavailable(`EventStoreDB did not let itself be read: ${asError(error).message}`, {
            cause: error,
          });
        await pause(waitMs, this.closing.signal);
      }
    }
  }
}

/** Those events that are ours and match, ready for our readers. */
export const matching = (events: readonly RecordedEvent[], filter: LogFilter): Recorded[] =>
  events
    .filter(isOurs)
    .map(recordedFrom)
    .filter((recorded) => matches(filter, recorded));

function isBehind({ position }: RecordedEvent, from: LogPosition): boolean {
  return position !== undefined && isKnown(position) && positionFrom(position) > positionFrom(from);
}

/** Everything a read gives. Reads have no deadline of their own: one that says nothing for so long is ended here. */
function everyEvent(read: StreamingRead<Resolved>, silenceMs: number): Promise<RecordedEvent[]> {
  return new Promise((resolve, reject) => {
    const events: RecordedEvent[] = [];
    const timer = setTimeout(() => {
      reject(new TookTooLong(`EventStoreDB said nothing for ${silenceMs} ms`));
      // A call that was never made cannot be cancelled; its own error has been told by then.
      read.cancel().catch(reject);
    }, silenceMs);
    read.on('data', ({ event }) => {
      if (event !== undefined) events.push(event);
      timer.refresh();
    });
    read.on('end', () => {
      clearTimeout(timer);
      resolve(events);
    });
    read.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
