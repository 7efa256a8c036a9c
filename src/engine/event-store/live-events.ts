import { Observable, share, Subject } from 'rxjs';
import { type Recorded } from '../../kernel/recorded.js';
import { type EventStore, type Subscription } from './event-store.port.js';
import { after, type Timer } from '../../platform/clock/timer.js';

const pauseMs = 1_000;

/**
 * What is appended now, by any process, told to whoever watches: a hint to look, not a delivery. One subscription serves
 * all watchers of a category, and there is none while nobody watches.
 */
export class LiveEvents {
  private readonly feeds = new Map<string, Observable<Recorded | null>>();

  constructor(
    private readonly store: EventStore,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** Null: the watching has just begun or was interrupted, so anything may have happened before. */
  of(category: string): Observable<Recorded | null> {
    const known = this.feeds.get(category);
    if (known !== undefined) return known;
    const feed = this.feedOf(category).pipe(share({ connector: () => new Subject<Recorded | null>() }));
    this.feeds.set(category, feed);
    return feed;
  }

  private feedOf(category: string): Observable<Recorded | null> {
    return new Observable((subscriber) => {
      let subscription: Subscription | null = null;
      let timer: Timer | undefined;
      const watch = async (): Promise<void> => {
        const after = await this.store.head();
        if (subscriber.closed) return;
        subscription = this.store.subscribe({ after, filter: { streamPrefixes: [`${category}-`] } });
        subscriber.next(null);
        for await (const { events } of subscription) for (const event of events) subscriber.next(event);
      };
      const keepWatching = (): void => {
        void watch()
          .catch(this.onFailed)
          .finally(() => {
            if (!subscriber.closed) timer = after(pauseMs, keepWatching);
          });
      };
      keepWatching();
      return () => {
        timer?.cancel();
        subscription?.close().catch(this.onFailed);
      };
    });
  }
}
