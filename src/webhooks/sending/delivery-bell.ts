import { type Notifications } from '../../engine/followers/notifications.js';

export const deliveriesChannel = 'forgerun_deliveries';

/** Says that there is something to plan or to send. A hint: whoever hears it also looks now and then. */
export class DeliveryBell {
  readonly #hearers = new Set<() => void>();

  /** Hears other processes, too. */
  listen(notifications: Notifications): void {
    notifications.on(deliveriesChannel, () => {
      this.ring();
    });
  }

  ring(): void {
    for (const hear of this.#hearers) hear();
  }

  hear(hear: () => void): () => void {
    this.#hearers.add(hear);
    return () => {
      this.#hearers.delete(hear);
    };
  }
}
