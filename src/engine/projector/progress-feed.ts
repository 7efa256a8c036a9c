import { type Pool } from 'pg';
import { Checkpoints } from '../followers/checkpoints.js';
import { type Notifications } from '../followers/notifications.js';
import { type KnownProgress } from './projection-progress.js';
import { asError } from '../../platform/async/as-error.js';
import { Signal } from '../../platform/async/signal.js';

export const progressChannel = 'forgerun_progress';

/**
 * Brings to this process the progress of projections that run in others: at once by notification, and by looking when
 * one got lost.
 */
export class ProgressFeed {
  readonly #checkpoints: Checkpoints;
  readonly #signal = new Signal();
  #stopping = false;
  #polling: Promise<void> | null = null;

  constructor(
    pool: Pool,
    notifications: Notifications,
    private readonly known: KnownProgress,
    private readonly failed: (error: Error) => void,
    private readonly pollMs = 1_000,
  ) {
    this.#checkpoints = new Checkpoints(pool);
    notifications.on(progressChannel, (payload) => {
      this.#report(payload);
    });
  }

  start(): void {
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#signal.notify();
    await this.#polling;
  }

  #report(payload: string): void {
    const cut = payload.lastIndexOf(':');
    const position = payload.slice(cut + 1);
    if (cut > 0 && /^\d+$/.test(position)) this.known.report(payload.slice(0, cut), BigInt(position));
  }

  async #poll(): Promise<void> {
    while (!this.#stopping) {
      try {
        for (const { name, position } of await this.#checkpoints.all()) {
          // What this process wrote and lost the answer to is learned here.
          if (position !== null) this.known.publish({ name, position, tables: null });
        }
      } catch (error) {
        this.failed(asError(error));
      }
      if (!this.#isStopping()) await this.#signal.sleep(this.pollMs);
    }
  }

  #isStopping(): boolean {
    return this.#stopping;
  }
}
