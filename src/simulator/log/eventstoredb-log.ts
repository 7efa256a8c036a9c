import { type EventStoreDBClient, type Position, type RecordedEvent } from '@eventstore/db-client';
import { asError } from '../../platform/async/as-error.js';
import { after, sleep } from '../../platform/clock/timer.js';
import { OwnStreams } from './own-streams.js';
import { type LoggedEvent, type StoredLog } from './stored-log.js';

/** What the client keeps of its connection and does not declare: its own `dispose` leaves it open. */
interface ClientInside {
  createChannel: () => Promise<{ close(): void }>;
}

const pageSize = 200;
/** Reads have no deadline of their own. */
const maxSilenceMs = 10_000;
const maxTries = 10;
const betweenTriesMs = 500;

/** The log in EventStoreDB: `$all`, without what the server and other programs put there. */
export class EventStoreDbLog implements StoredLog {
  readonly #streams: OwnStreams;

  private constructor(
    private readonly client: EventStoreDBClient,
    private readonly closeConnection: () => void,
    namespace: string | null,
  ) {
    this.#streams = new OwnStreams(namespace);
  }

  /** Loads the client only here: a judge of a log in Postgres need not pay for it. */
  static async open(url: string, namespace: string | null): Promise<EventStoreDbLog> {
    const { EventStoreDBClient: Client } = await import('@eventstore/db-client');
    const client = silently(() => Client.connectionString(url));
    const inside = client as unknown as ClientInside;
    const channels: { close(): void }[] = [];
    const { createChannel } = inside;
    inside.createChannel = async () => {
      const channel = await createChannel.call(client);
      channels.push(channel);
      return channel;
    };
    const close = (): void => {
      for (const channel of channels) channel.close();
    };
    return new EventStoreDbLog(client, close, namespace);
  }

  async *read(): AsyncGenerator<LoggedEvent, void> {
    for (let last: Position | null = null; ;) {
      const page: readonly (RecordedEvent | undefined)[] = await this.#again(() => this.#page(last));
      const before: bigint = last === null ? -1n : positionOf(last);
      for (const event of page) {
        if (event === undefined) continue;
        if (event.position === undefined) throw new Error('this EventStoreDB does not say where its events are');
        last = event.position;
        const position = positionOf(event.position);
        // A read begins with the event at its position, which was the last one of the page before.
        if (position <= before) continue;
        const logged = this.#logged(event, position);
        if (logged !== null) yield logged;
      }
      if (page.length < pageSize) return;
    }
  }

  async cutOf(stream: string): Promise<number | null> {
    const { metadata } = await this.#again(() => this.client.getStreamMetadata(this.#streams.stored(stream)));
    if (metadata === undefined) return null;
    const { truncateBefore, maxCount, maxAge } = metadata;
    if (truncateBefore !== undefined) return Number(truncateBefore);
    // A rule of the store takes beginnings away as time goes by: any revision may be the first.
    return maxCount === undefined && maxAge === undefined ? null : 0;
  }

  async close(): Promise<void> {
    await this.client.dispose();
    this.closeConnection();
  }

  /** The texts are written out anew: what the client gives has been parsed, and keeps the order of its members. */
  #logged({ streamId, id, revision, type, data, metadata }: RecordedEvent, position: bigint): LoggedEvent | null {
    const stream = type.startsWith('$') ? null : this.#streams.own(streamId);
    if (stream === null) return null;
    const texts = { data: textOf(data), metadata: textOf(metadata) };
    return { position, stream, revision: Number(revision), eventId: id, type, ...texts };
  }

  async #page(from: Position | null): Promise<readonly (RecordedEvent | undefined)[]> {
    const read = this.client.readAll({ direction: 'forwards', fromPosition: from ?? 'start', maxCount: pageSize });
    const timer = after(maxSilenceMs, () => {
      read.destroy(new Error(`EventStoreDB said nothing for ${maxSilenceMs} ms`));
    });
    try {
      const events: (RecordedEvent | undefined)[] = [];
      for await (const { event } of read) {
        events.push(event);
        timer.refresh();
      }
      return events;
    } finally {
      timer.cancel();
    }
  }

  /** A server that was just started, or whose leader has changed, refuses for a while. */
  async #again<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        if (tries === maxTries)
          throw new Error(`EventStoreDB did not let itself be read: ${asError(error).message}`, { cause: error });
        await sleep(betweenTriesMs);
      }
    }
  }
}

const halfBits = 64n;
const positionOf = ({ commit, prepare }: Position): bigint => (commit << halfBits) | prepare;

/** No metadata at all is an empty text. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The client prints connection strings that it does not like, with the password in them. */
function silently<Answer>(work: () => Answer): Answer {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return work();
  } finally {
    console.warn = warn;
  }
}
