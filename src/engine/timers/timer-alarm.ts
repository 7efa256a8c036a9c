import { type Instant } from '../../kernel/instant.js';
import { type Notifications } from '../followers/notifications.js';

export const timersChannel = 'forgerun_timers';

/** Says that a timer was stored, so that a runner can sleep until the first one it knows of. A hint: runners also look. */
export class TimerAlarm {
  readonly #hearers = new Set<(dueAt: Instant) => void>();

  /** Hears what other processes store, too. */
  listen(notifications: Notifications): void {
    notifications.on(timersChannel, (payload) => {
      const dueAt = Number(payload);
      if (Number.isFinite(dueAt)) this.set(dueAt);
    });
  }

  set(dueAt: Instant): void {
    for (const hear of this.#hearers) hear(dueAt);
  }

  /** Returns how to stop hearing. */
  hear(hear: (dueAt: Instant) => void): () => void {
    this.#hearers.add(hear);
    return () => {
      this.#hearers.delete(hear);
    };
  }
}
