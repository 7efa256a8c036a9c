import { type Client, type ClientConfig } from 'pg';
import { newClient } from '../../platform/postgres/pools.js';
import { asError } from '../../platform/async/as-error.js';
import { backoffMs } from '../../platform/async/backoff.js';
import { pause } from '../../platform/async/pause.js';
import { withinOr } from '../../platform/async/within.js';

interface SessionConnectionHooks {
  /** A fresh connection is there; prepare it. What it throws closes the connection and starts over. */
  readonly opened: (client: Client) => Promise<void>;
  readonly lost: () => void;
  readonly failed: (error: Error) => void;
}

/** One connection that is kept open for its session: for advisory locks, for LISTEN. Reopened whenever it breaks. */
export class SessionConnection {
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #client: Client | null = null;
  #giveUp: (() => void) | null = null;

  constructor(
    private readonly config: ClientConfig,
    private readonly hooks: SessionConnectionHooks,
  ) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Closes the connection and with it everything its session holds. Repeatable. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.breakOff();
    await this.#running;
  }

  /** The open connection, or null between two of them. */
  get client(): Client | null {
    return this.#client;
  }

  /** Gives up the present connection because it does not answer. */
  breakOff(): void {
    this.#giveUp?.();
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      if (await this.#session()) attempt = 0;
      await pause(backoffMs(attempt), this.#stop.signal);
    }
  }

  /** One connection from its opening to its end; true if it came to be used. */
  async #session(): Promise<boolean> {
    const client = newClient({ connectionTimeoutMillis: 5_000, statement_timeout: 5_000, ...this.config }, (error) => {
      if (!this.#stop.signal.aborted) this.hooks.failed(error);
    });
    let opened = false;
    const ended = new Promise<void>((resolve) => {
      client.once('error', resolve);
      client.once('end', resolve);
      this.#giveUp = resolve;
    });
    try {
      await client.connect();
      opened = true;
      this.#client = client;
      await this.hooks.opened(client);
      if (!this.#stop.signal.aborted) await ended;
    } catch (error) {
      this.hooks.failed(asError(error));
    }
    this.#client = null;
    if (opened) this.hooks.lost();
    await this.#close(client);
    return opened;
  }

  /** A goodbye that a dead peer cannot hold up. */
  async #close(client: Client): Promise<void> {
    const goodbye = client.end().catch((error: unknown) => {
      this.hooks.failed(asError(error));
    });
    await withinOr(1_000, goodbye, undefined);
  }
}
