import { type Notifications } from '../../engine/followers/notifications.js';

export const deliveriesChannel = 'forgerun_deliveries';

/** Says that there is something to plan or to send. A hint: a subscriber also looks now and then. */
export class DeliverySignal {
  readonly #subscribers = new Set<() => void>();

  /** Listens to other processes, too. */
  listen(notifications: Notifications): void {
    notifications.on(deliveriesChannel, () => {
      this.notify();
    });
  }

  notify(): void {
    for (const subscribe of this.#subscribers) subscribe();
  }

  subscribe(subscribe: () => void): () => void {
    this.#subscribers.add(subscribe);
    return () => {
      this.#subscribers.delete(subscribe);
    };
  }
}
