import type pg from 'pg';
import { asText } from './event-rows.js';
import { every, type Timer } from '../../../platform/clock/timer.js';
import { asError } from '../../../platform/async/as-error.js';

/** Knows whether other processes listen to this log, so that a process alone sends no notifications. */
export class LogPeers {
  #found = false;
  #looking: Promise<void> | null = null;
  readonly #poll: Timer;

  constructor(
    private readonly pool: pg.Pool,
    private readonly onError: (error: Error) => void,
    /** How often they are counted, in milliseconds: who came since then is found by its own slow poll. */
    pollMs: number,
  ) {
    this.#poll = every(pollMs, () => {
      this.#look();
    });
    this.#look();
  }

  get areThere(): boolean {
    return this.#found;
  }

  async close(): Promise<void> {
    this.#poll.cancel();
    await this.#looking;
  }

  #look(): void {
    this.#looking ??= this.#count()
      .catch((error: unknown) => {
        this.onError(asError(error));
      })
      .finally(() => {
        this.#looking = null;
      });
  }

  async #count(): Promise<void> {
    const { rows } = await this.pool.query<[string]>({
      name: 'log-listeners',
      text: `select count(*) from pg_stat_activity
        where datname = current_database() and application_name like 'forgerun:%:log-listener'`,
      rowMode: 'array',
      types: asText,
    });
    this.#found = Number(rows[0]?.[0] ?? '0') > 1;
  }
}
