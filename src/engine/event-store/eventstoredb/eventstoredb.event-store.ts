import { randomUUID } from 'node:crypto';
import { type JSONEventData } from '@eventstore/db-client';
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
import { Appender } from './appender.js';
import { connect, type Connection } from './connection.js';
import { failureOf, actualRevisionOf } from './failures.js';
import { HeadReader } from './head-reader.js';
import { LogReader } from './log-reader.js';
import { LogSubscription } from './log-subscription.js';
import { type EventStoreDbOptions, type EventStoreDbSettings, settingsFrom } from './options.js';
import { positionFrom } from './position.codec.js';
import { SharedTail } from './shared-tail.js';
import { truncatedMetadata } from './stream-metadata.js';
import { asError } from '../../../platform/async/as-error.js';

const readsAtOnce = 16;
const metadataAttempts = 10;

/** Opens the log that a connection string names. Nothing is sent before it is used. */
export async function openEventStoreDb(
  connectionString: string,
  options: EventStoreDbOptions = {},
): Promise<EventStore> {
  const settings = settingsFrom(options);
  const writes = await connect(connectionString, { onError: settings.onError, connectionNumber: 0 });
  const reads = await connect(connectionString, { onError: settings.onError, connectionNumber: 1 });
  return new EventStoreDbEventStore(writes, reads, settings);
}

/** The log in EventStoreDB. */
class EventStoreDbEventStore extends EventStore {
  readonly #reader: LogReader;
  /** Reads at the leader: another member may not have yet what was just appended. */
  readonly #readBack: LogReader;
  readonly #appender: Appender;
  readonly #headReader: HeadReader;
  readonly #subscriptions = new Set<LogSubscription>();
  readonly #tail: SharedTail;

  constructor(
    private readonly writes: Connection,
    private readonly reads: Connection,
    private readonly settings: EventStoreDbSettings,
  ) {
    super();
    this.#reader = new LogReader(reads, settings);
    this.#readBack = new LogReader(writes, settings);
    this.#appender = new Appender(writes, this.#readBack, settings);
    this.#headReader = new HeadReader(this.#reader);
    this.#tail = new SharedTail({
      end: () => this.end(),
      subscribe: (after) => new LogSubscription(reads, this.#reader, { after }, settings, () => undefined),
      onError: settings.onError,
    });
  }

  async append(append: Append): Promise<AppendOutcome> {
    const outcome = await this.#appender.append(append);
    if (outcome.kind === 'appended') this.#headReader.saw(outcome.position);
    return outcome;
  }

  async appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]> {
    const outcomes = await this.#appender.appendMany(appends);
    for (const outcome of outcomes) if (outcome.kind === 'appended') this.#headReader.saw(outcome.position);
    return outcomes;
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly Recorded[]> {
    return await this.#reader.readStream(stream, options);
  }

  async readStreams(streams: readonly string[]): Promise<readonly StreamRead[]> {
    const read: StreamRead[] = [];
    for (let first = 0; first < streams.length; first += readsAtOnce) {
      const some = streams.slice(first, first + readsAtOnce);
      read.push(...(await Promise.all(some.map((stream) => this.#reader.readWhole(stream)))));
    }
    return read;
  }

  async readAll(options: ReadAllOptions): Promise<readonly Recorded[]> {
    return await this.#reader.readAll(options);
  }

  override async lookOn(after: Position | null, most: number): Promise<LogLook> {
    return await this.#reader.lookOn(after, most);
  }

  subscribe(options: SubscribeOptions): Subscription {
    const forget = (closed: LogSubscription): void => {
      this.#subscriptions.delete(closed);
    };
    const subscription = new LogSubscription(this.reads, this.#reader, options, this.settings, forget, this.#tail);
    this.#subscriptions.add(subscription);
    // A single reader is better off with what the server picks out for it.
    if (this.#subscriptions.size > 1) this.#tail.open();
    return subscription;
  }

  async head(): Promise<Position | null> {
    return await this.#headReader.read();
  }

  override async end(): Promise<Position | null> {
    const { events } = await this.#reader.pageBefore('end', 1);
    const position = events[0]?.position;
    return position === undefined ? null : positionFrom(position);
  }

  async deleteStream(stream: string, expected: Revision): Promise<AppendOutcome> {
    return await this.#appender.settle(stream, async (deadline) => {
      try {
        const { position } = await this.writes.client.deleteStream(this.settings.names.stored(stream), {
          expectedRevision: BigInt(expected),
          deadline,
        });
        if (position === undefined) throw new Error(`EventStoreDB did not say where ${stream} was deleted`);
        return { kind: 'appended', revision: expected, position: positionFrom(position), stored: 'now' };
      } catch (error) {
        if (failureOf(error) !== 'conflict') throw error;
        return { kind: 'conflict', actual: actualRevisionOf(error) };
      }
    });
  }

  async truncateBefore(stream: string, revision: Revision): Promise<void> {
    for (let attempt = 0; attempt < metadataAttempts; attempt += 1) {
      const metaStream = `$$${this.settings.names.stored(stream)}`;
      const [last] = await this.#reader.stored(metaStream, { backwards: true, limit: 1 });
      const data = truncatedMetadata(last, revision);
      if (data === null) return;
      const expected = last === undefined ? 'no_stream' : Number(last.revision);
      const event: JSONEventData = {
        id: randomUUID(),
        contentType: 'application/json',
        type: '$metadata',
        data,
        metadata: undefined,
      };
      const outcome = await this.#appender.write(metaStream, expected, [event]);
      if (outcome.kind === 'appended' || outcome.kind === 'gone') return;
      if (outcome.kind === 'unknown')
        throw new StoreUnavailable(`${stream} may not be truncated`, { cause: outcome.cause });
    }
    throw new StoreUnavailable(`the metadata of ${stream} changes faster than it can be set`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    await this.#appender.close();
    this.#reader.close();
    this.#readBack.close();
    await this.#tail.close();
    const closed = await Promise.allSettled([this.writes.close(), this.reads.close()]);
    for (const each of closed) if (each.status === 'rejected') this.settings.onError(asError(each.reason));
  }
}
