import type pg from 'pg';
import { clientConfig, newClient } from '../../../platform/postgres/pools.js';
import { after, every, type Timer } from '../../../platform/clock/timer.js';
import { asError } from '../../../platform/async/as-error.js';

/** A listener only listens: without a question now and then it would not notice a connection that is open and dead. */
const pingMs = 2_000;

/** Listens for appends made by other processes. What it misses, the tail's slow poll finds. */
export class LogListener {
  #client: pg.Client | null = null;
  #retry: Timer | null = null;
  readonly #ping: Timer;
  #asking = false;
  #closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly onNews: () => void,
    private readonly onError: (error: Error) => void,
  ) {
    this.#ping = every(pingMs, () => void this.#ask());
  }

  async open(): Promise<void> {
    const { connectionString, onError } = this;
    const options = { connectionString, name: 'log-listener', statementTimeoutMs: 5_000, onError };
    const client = newClient(clientConfig(options), onError);
    client.on('notification', () => {
      this.onNews();
    });
    client.on('end', () => {
      this.#reopenLater();
    });
    try {
      await client.connect();
      await client.query('listen forgerun_log');
      this.#client = client;
      // For what was appended while this connection was down.
      this.onNews();
    } catch (error) {
      onError(asError(error));
      client.end().catch(onError);
      this.#reopenLater();
    }
    if (this.#closed) await client.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) this.#retry.cancel();
    this.#ping.cancel();
    await this.#client?.end();
  }

  async #ask(): Promise<void> {
    if (this.#client === null || this.#asking) return;
    this.#asking = true;
    try {
      await this.#client.query('select 1');
    } catch (error) {
      this.onError(asError(error));
    } finally {
      this.#asking = false;
    }
  }

  #reopenLater(): void {
    this.#client = null;
    if (this.#closed || this.#retry !== null) return;
    this.#retry = after(500, () => {
      this.#retry = null;
      void this.open();
    });
  }
}
