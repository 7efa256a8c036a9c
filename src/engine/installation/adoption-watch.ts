import { every, type Timer } from '../../platform/clock/timer.js';
import { type EventStore } from '../event-store/event-store.port.js';
import { adoptedBy } from './installation.js';
import { InstallationLog } from './installation-log.js';
import { type Installation } from './settle-installation.js';

const lookMs = 5_000;

/** Looks from time to time whether another database has adopted the log: then this process has no business here. */
export class AdoptionWatch {
  readonly #log: InstallationLog;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;

  constructor(
    store: EventStore,
    private readonly installation: Installation,
    private readonly hooks: {
      readonly adopted: (reason: string) => void;
      readonly failed: (error: unknown) => void;
      readonly lookMs?: number;
    },
  ) {
    this.#log = new InstallationLog(store);
  }

  start(): void {
    this.#timer ??= every(this.hooks.lookMs ?? lookMs, () => {
      this.#looking ??= this.#look()
        .catch(this.hooks.failed)
        .finally(() => {
          this.#looking = null;
        });
    });
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { id, database, where } = this.installation;
    const latest = await this.#log.latest();
    if (latest === null || latest.data.database === database) return;
    this.#timer?.cancel();
    this.hooks.adopted(adoptedBy(id, where));
  }
}
