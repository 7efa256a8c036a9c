import { type Instant } from '../../kernel/instant.js';
import { type Notifications } from '../followers/notifications.js';

export const timersChannel = 'forgerun_timers';

/** Says that a timer was stored, so that a runner can sleep until the first one it knows of. A hint: runners also look. */
export class TimerSignal {
  readonly #subscribers = new Set<(dueAt: Instant) => void>();

  /** Listens to what other processes store, too. */
  listen(notifications: Notifications): void {
    notifications.on(timersChannel, (payload) => {
      const dueAt = Number(payload);
      if (Number.isFinite(dueAt)) this.set(dueAt);
    });
  }

  set(dueAt: Instant): void {
    for (const subscribe of this.#subscribers) subscribe(dueAt);
  }

  /** Calls back when a timer is stored. Returns how to unsubscribe. */
  subscribe(subscribe: (dueAt: Instant) => void): () => void {
    this.#subscribers.add(subscribe);
    return () => {
      this.#subscribers.delete(subscribe);
    };
  }
}
