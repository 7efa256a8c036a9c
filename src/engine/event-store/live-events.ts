import { Observable } from 'rxjs';
import { clientOf } from '../../kernel/client-of.js';
import { type Recorded } from '../../kernel/recorded.js';
import { type EventStore, type Subscription } from './event-store.port.js';
import { after, type Timer } from '../../platform/clock/timer.js';

const pauseMs = 1_000;

type Watcher = (recorded: Recorded | null) => void;

/**
 * What is appended now, by any process, told to those that watch: a hint to look, not a delivery. One subscription serves
 * all watchers of a category, and there is none while nothing is watched. Each event is shown to the watchers of its stream
 * and of its client, and costs no other one anything.
 */
export class LiveEvents {
  private readonly feeds = new Map<string, Feed>();

  constructor(
    private readonly store: EventStore,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** Events of one stream. Null: the watching has just begun or was interrupted, so anything may have happened before. */
  ofStream(category: string, stream: string): Observable<Recorded | null> {
    return this.watched(category, `stream ${stream}`);
  }

  /** Events of all that one client has in a category; null as above. */
  ofClient(category: string, clientId: string): Observable<Recorded | null> {
    return this.watched(category, `client ${clientId}`);
  }

  private watched(category: string, key: string): Observable<Recorded | null> {
    return new Observable((subscriber) => {
      const known = this.feeds.get(category);
      const feed = known ?? new Feed(this.store, category, this.onFailed);
      this.feeds.set(category, feed);
      const watcher: Watcher = (recorded) => {
        subscriber.next(recorded);
      };
      feed.add(key, watcher);
      if (known === undefined) feed.start();
      return () => {
        if (!feed.remove(key, watcher)) return;
        feed.stop();
        this.feeds.delete(category);
      };
    });
  }
}

/** One subscription and those that watch it, by what they watch. */
class Feed {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private isOver = false;
  private subscription: Subscription | null = null;
  private timer: Timer | null = null;

  constructor(
    private readonly store: EventStore,
    private readonly category: string,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  add(key: string, watcher: Watcher): void {
    const watching = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, watching.add(watcher));
  }

  /** Whether it was the last one of all. */
  remove(key: string, watcher: Watcher): boolean {
    const watching = this.watchers.get(key);
    watching?.delete(watcher);
    if (watching?.size === 0) this.watchers.delete(key);
    return this.watchers.size === 0;
  }

  start(): void {
    void this.watch()
      .catch(this.onFailed)
      .finally(() => {
        if (this.isOver) return;
        this.timer = after(pauseMs, () => {
          this.start();
        });
      });
  }

  stop(): void {
    this.isOver = true;
    this.timer?.cancel();
    this.subscription?.close().catch(this.onFailed);
  }

  private async watch(): Promise<void> {
    const head = await this.store.head();
    if (this.isOver) return;
    const filter = { streamPrefixes: [`${this.category}-`] };
    this.subscription = this.store.subscribe({ after: head, filter });
    for (const watching of [...this.watchers.values()]) for (const watcher of watching) watcher(null);
    for await (const { events } of this.subscription) for (const event of events) this.show(event);
  }

  private show(event: Recorded): void {
    for (const watcher of this.watchers.get(`stream ${event.stream}`) ?? []) watcher(event);
    const clientId = clientOf(event);
    if (clientId === null) return;
    for (const watcher of this.watchers.get(`client ${clientId}`) ?? []) watcher(event);
  }
}
