import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Position, type Recorded } from '../../../kernel/recorded.js';
import { type Batch, type SubscribeOptions, type Subscription } from '../event-store.port.js';
import { type Connection } from './connection.js';
import { Feed } from './feed.js';
import { type LogReader } from './log-reader.js';
import { type EventStoreDbSettings } from './options.js';
import { isKnown, positionFrom } from './position.codec.js';
import { type SharedTail } from './shared-tail.js';
import { batchOf, type LiveTail } from '../live-tail.js';
import { backoffMs } from '../../../platform/async/backoff.js';
import { pause } from '../../../platform/async/pause.js';
import { asError } from '../../../platform/async/as-error.js';

const firstWaitMs = 50;
const defaultMaxBatch = 500;
const watchPage = 500;
/** How long a reader that only lacks the way to the shared tail waits before it asks where the log is. */
const approachMs = 100;

/** Batches pulled from the log, over as many connections as it takes. */
export class LogSubscription implements Subscription {
  readonly #closing = new AbortController();
  #position: Position | null;
  #feed: Feed | null = null;
  #live = false;
  #failures = 0;

  constructor(
    private readonly connection: Connection,
    private readonly reader: LogReader,
    private readonly options: SubscribeOptions,
    private readonly settings: EventStoreDbSettings,
    private readonly onClosed: (closed: LogSubscription) => void,
    /** Takes over from a subscription of its own as soon as this reader keeps up. */
    private readonly tail: SharedTail | null = null,
  ) {
    this.#position = options.after;
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.#batches();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.onClosed(this);
    await this.#feed?.close();
  }

  async *#batches(): AsyncGenerator<Batch, void, undefined> {
    try {
      while (!this.#isClosed()) {
        const live = this.#reachable();
        if (live === null) yield* this.#fromServer();
        else yield* this.#fromTail(live);
      }
    } finally {
      this.onClosed(this);
    }
  }

  /** The live tail, where it holds all that this reader lacks. */
  #reachable(): LiveTail | null {
    const live = this.tail?.live ?? null;
    return live?.covers(this.#position ?? 0n) === true ? live : null;
  }

  /** Until the reader has fallen so far behind that the tail has forgotten what comes next. */
  async *#fromTail(live: LiveTail): AsyncGenerator<Batch, void, undefined> {
    const { filter = {}, maxBatch = defaultMaxBatch } = this.options;
    for (;;) {
      const position = this.#position ?? 0n;
      await live.somethingAfter(position, this.#closing.signal);
      if (this.#isClosed()) return;
      const part = live.after(position, maxBatch);
      if (part === null) return;
      const batch = batchOf(part, { position, filter, maxBatch }, live.through);
      if (batch === null) continue;
      this.#position = batch.position;
      yield batch;
    }
  }

  /** One subscription on the server: until it fails, or until the tail can take over. */
  async *#fromServer(): AsyncGenerator<Batch, void, undefined> {
    const feed = new Feed(this.connection.client, this.#position, this.options.filter ?? {}, this.settings.names);
    this.#feed = feed;
    this.#live = false;
    try {
      do {
        const batch = await this.#next(feed);
        if (this.#isClosed()) return;
        if (batch !== null) yield batch;
      } while (!this.#mayLeave());
      return;
    } catch (error) {
      if (this.#isClosed()) return;
      this.settings.onError(new Error('a subscription to EventStoreDB is opened again', { cause: asError(error) }));
    } finally {
      await feed.close();
    }
    await pause(backoffMs(this.#failures, firstWaitMs, this.settings.reconnectMs), this.#closing.signal);
    this.#failures += 1;
  }

  #mayLeave(): boolean {
    return this.#live && this.#reachable() !== null;
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #next(feed: Feed): Promise<Batch | null> {
    const isOnItsWay = this.#live && this.tail?.live != null;
    const patienceMs = isOnItsWay ? Math.min(approachMs, this.settings.silenceMs) : this.settings.silenceMs;
    if (!(await feed.somethingWithin(patienceMs))) return await this.#watch(feed);
    this.#failures = 0;
    return await this.#gather(feed);
  }

  /** Everything that is here or about to be, up to a batch. Its position follows its items, so it is never ahead. */
  async #gather(feed: Feed): Promise<Batch | null> {
    const { filter = {}, maxBatch = defaultMaxBatch } = this.options;
    const before = this.#position;
    const events: Recorded[] = [];
    let caughtUpNow = false;
    for (let idle = false; events.length < maxBatch && !this.#isClosed();) {
      const item = feed.take();
      if (item === null) {
        if (idle) break;
        idle = true;
        await nextTurn();
        continue;
      }
      idle = false;
      if (item.kind === 'caught-up' || item.kind === 'fell-behind') {
        caughtUpNow = item.kind === 'caught-up';
        this.#live = caughtUpNow;
        continue;
      }
      const where = item.kind === 'checkpoint' ? item.position : item.event.position;
      // Servers have repeated checkpoints and sent impossible ones; only a later place than the last one counts.
      if (where === undefined || !isKnown(where)) continue;
      const position = positionFrom(where);
      if (this.#position !== null && position <= this.#position) continue;
      this.#position = position;
      if (item.kind === 'event') events.push(...this.reader.matching([item.event], filter));
    }
    if (events.length === 0 && this.#position === before && !caughtUpNow) return null;
    return { events, position: this.#position ?? 0n, caughtUp: this.#live && feed.isEmpty() };
  }

  /**
   * A connection can be open and dead. After a silence the log itself is asked: when it holds an event that this reader
   * wants, and the feed does not bring it, the feed is given up; when it holds others only, the position moves past them.
   */
  async #watch(feed: Feed): Promise<Batch | null> {
    const { filter = {} } = this.options;
    const page = await this.reader.pageAfter(this.#position, watchPage);
    if (!feed.isEmpty()) return null;
    if (this.reader.matching(page.events, filter).length > 0) {
      if (await feed.somethingWithin(this.settings.graceMs)) return null;
      throw new Error('the subscription is silent although the log holds events for it');
    }
    const last = page.events.at(-1)?.position;
    const hasMoved = last !== undefined && isKnown(last);
    if (hasMoved) this.#position = positionFrom(last);
    // A server that falls behind once and does not say that it caught up must not hold up who waits for that.
    const isCaughtUpNow = page.atEnd && !this.#live;
    this.#live ||= page.atEnd;
    if (!hasMoved && !isCaughtUpNow) return null;
    return { events: [], position: this.#position ?? 0n, caughtUp: page.atEnd };
  }
}
