import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position, Recorded } from '../../../kernel/recorded.js';
import type { Batch, SubscribeOptions, Subscription } from '../event-store.port.js';
import { backoffMs, pause } from './backoff.js';
import type { Connection } from './connection.js';
import { asError } from './failures.js';
import { Feed } from './feed.js';
import { type LogReader, matching } from './log-reader.js';
import type { EventStoreDbSettings } from './options.js';
import { isKnown, positionFrom } from './position.codec.js';

const firstWaitMs = 50;
const defaultMaxBatch = 500;
const watchPage = 500;

/** Batches pulled from the log, over as many connections as it takes. */
export class LogSubscription implements Subscription {
  private readonly closing = new AbortController();
  private position: Position | null;
  private feed: Feed | null = null;
  private live = false;
  private failures = 0;

  constructor(
    private readonly connection: Connection,
    private readonly reader: LogReader,
    private readonly options: SubscribeOptions,
    private readonly settings: EventStoreDbSettings,
    private readonly onClosed: (closed: LogSubscription) => void,
  ) {
    this.position = options.after;
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.batches();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.onClosed(this);
    await this.feed?.close();
  }

  private async *batches(): AsyncGenerator<Batch, void, undefined> {
    while (!this.isClosed()) {
      const feed = new Feed(this.connection.client, this.position, this.options.filter ?? {});
      this.feed = feed;
      this.live = false;
      try {
        for (;;) {
          const batch = await this.next(feed);
          if (this.isClosed()) return;
          if (batch !== null) yield batch;
        }
      } catch (error) {
        if (this.isClosed()) return;
        this.settings.onError(new Error('a subscription to EventStoreDB is opened again', { cause: asError(error) }));
      } finally {
        await feed.close();
      }
      await pause(backoffMs(this.failures, firstWaitMs, this.settings.reconnectMs), this.closing.signal);
      this.failures += 1;
    }
  }

  private isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private async next(feed: Feed): Promise<Batch | null> {
    if (!(await feed.somethingWithin(this.settings.silenceMs))) return await this.watch(feed);
    this.failures = 0;
    return await this.gather(feed);
  }

  /** Everything that is here or about to be, up to a batch. Its position follows its items, so it is never ahead. */
  private async gather(feed: Feed): Promise<Batch | null> {
    const { filter = {}, maxBatch = defaultMaxBatch } = this.options;
    const before = this.position;
    const events: Recorded[] = [];
    let caughtUpNow = false;
    for (let idle = false; events.length < maxBatch && !this.isClosed();) {
      const item = feed.take();
      if (item === null) {
        if (idle) break;
        idle = true;
        await nextTurn();
        continue;
      }
      idle = false;
      if (item.kind === 'caught-up') {
        this.live = true;
        caughtUpNow = true;
        continue;
      }
      const where = item.kind === 'checkpoint' ? item.position : item.event.position;
      // Servers have repeated checkpoints and sent impossible ones; only a later place than the last one counts.
      if (where === undefined || !isKnown(where)) continue;
      const position = positionFrom(where);
      if (this.position !== null && position <= this.position) continue;
      this.position = position;
      if (item.kind === 'event') events.push(...matching([item.event], filter));
    }
    if (events.length === 0 && this.position === before && !caughtUpNow) return null;
    return { events, position: this.position ?? 0n, caughtUp: this.live && feed.isEmpty() };
  }

  /**
   * A connection can be open and dead. After a silence the log itself is asked: when it holds an event that this reader
   * wants, and the feed does not bring it, the feed is given up; when it holds others only, the position moves past them.
   */
  private async watch(feed: Feed): Promise<Batch | null> {
    const { filter = {} } = this.options;
    const page = await this.reader.pageAfter(this.position, watchPage);
    if (!feed.isEmpty()) return null;
    if (matching(page.events, filter).length > 0) {
      if (await feed.somethingWithin(this.settings.graceMs)) return null;
      throw new Error('the subscription is silent although the log holds events for it');
    }
    const last = page.events.at(-1)?.position;
    if (last === undefined || !isKnown(last)) return null;
    this.position = positionFrom(last);
    return { events: [], position: this.position, caughtUp: this.live && page.atEnd };
  }
}
