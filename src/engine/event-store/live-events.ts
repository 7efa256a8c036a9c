import { Observable } from 'rxjs';
import { clientOf } from '../../kernel/client-of.js';
import { type Position, type Recorded } from '../../kernel/recorded.js';
import { type EventStore, type Subscription } from './event-store.port.js';
import { after, type Timer } from '../../platform/clock/timer.js';

const pauseMs = 1_000;

/** What those that watch see of the log. */
export interface Sight {
  /** Null: the watching begins here, or was interrupted, and anything up to here may have happened before. */
  readonly event: Recorded | null;
  /** How far the log is seen; null: it is empty. */
  readonly position: Position | null;
}

type Watcher = (sight: Sight) => void;

/**
 * Notifies watchers of what any process appends now: a hint to look, not a delivery. One subscription serves
 * all watchers of a category, and there is none while nothing is watched. Each event is shown to the watchers of its stream
 * and of its client, and costs no other one anything.
 */
export class LiveEvents {
  readonly #feeds = new Map<string, Feed>();

  constructor(
    private readonly store: EventStore,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** Events of one stream. */
  ofStream(category: string, stream: string): Observable<Sight> {
    return this.#watched(category, `stream ${stream}`);
  }

  /** Events of all that one client has in a category. */
  ofClient(category: string, clientId: string): Observable<Sight> {
    return this.#watched(category, `client ${clientId}`);
  }

  #watched(category: string, key: string): Observable<Sight> {
    return new Observable((subscriber) => {
      const known = this.#feeds.get(category);
      const feed = known ?? new Feed(this.store, category, this.onFailed);
      this.#feeds.set(category, feed);
      const watcher: Watcher = (sight) => {
        subscriber.next(sight);
      };
      feed.add(key, watcher);
      if (known === undefined) feed.start();
      return () => {
        if (!feed.remove(key, watcher)) return;
        feed.stop();
        this.#feeds.delete(category);
      };
    });
  }
}

/** One subscription and those that watch it, by what they watch. */
class Feed {
  readonly #watchers = new Map<string, Set<Watcher>>();
  #isOver = false;
  /** How far it has seen; undefined: it has not begun, or was interrupted. */
  #seen: Position | null | undefined = undefined;
  #subscription: Subscription | null = null;
  #timer: Timer | null = null;

  constructor(
    private readonly store: EventStore,
    private readonly category: string,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  add(key: string, watcher: Watcher): void {
    const watching = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watching.add(watcher));
    if (this.#seen !== undefined) watcher({ event: null, position: this.#seen });
  }

  /** Whether it was the last one of all. */
  remove(key: string, watcher: Watcher): boolean {
    const watching = this.#watchers.get(key);
    watching?.delete(watcher);
    if (watching?.size === 0) this.#watchers.delete(key);
    return this.#watchers.size === 0;
  }

  start(): void {
    void this.#watch()
      .catch(this.onFailed)
      .finally(() => {
        this.#seen = undefined;
        if (this.#isOver) return;
        this.#timer = after(pauseMs, () => {
          this.start();
        });
      });
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#subscription?.close().catch(this.onFailed);
  }

  async #watch(): Promise<void> {
    const head = await this.store.head();
    if (this.#isOver) return;
    const filter = { streamPrefixes: [`${this.category}-`] };
    this.#subscription = this.store.subscribe({ after: head, filter });
    this.#seen = head;
    const begin: Sight = { event: null, position: head };
    for (const watching of [...this.#watchers.values()]) for (const watcher of watching) watcher(begin);
    for await (const { events, position } of this.#subscription) {
      for (const event of events) this.#show(event);
      this.#seen = position;
    }
  }

  #show(event: Recorded): void {
    const sight: Sight = { event, position: event.position };
    for (const watcher of this.#watchers.get(`stream ${event.stream}`) ?? []) watcher(sight);
    const clientId = clientOf(event);
    if (clientId === null) return;
    for (const watcher of this.#watchers.get(`client ${clientId}`) ?? []) watcher(sight);
  }
}
