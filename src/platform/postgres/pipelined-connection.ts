import { isNativeError } from 'node:util/types';
import type pg from 'pg';
import { isTransient } from './errors.js';
import { clientConfig, type ConnectionOptions, newClient } from './pools.js';
import { sleep } from '../clock/timer.js';

const firstPauseMs = 50;
const maxPauseMs = 2_000;

/**
 * One connection that many use at once, connected anew after it broke. Statements of several callers are interleaved, so
 * a transaction over several statements does not belong here.
 */
export class PipelinedConnection {
  #client: pg.Client | null = null;
  #connecting: Promise<pg.Client> | null = null;
  #pauseMs = 0;
  readonly #closing = new AbortController();

  constructor(private readonly options: ConnectionOptions) {}

  /** Waits at most one pause and one connect time-out; a failure is the caller's to retry. */
  async withConnection<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = this.#client ?? (await this.#connect());
    try {
      return await work(client);
    } catch (error) {
      if (isLost(error)) this.#drop(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error(`The connection ${this.options.name} is closed`));
    const client = this.#client;
    this.#client = null;
    await Promise.allSettled([this.#connecting ?? Promise.resolve()]);
    await client?.end();
  }

  #connect(): Promise<pg.Client> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<pg.Client> {
    this.#closing.signal.throwIfAborted();
    if (this.#pauseMs > 0) await sleep(this.#pauseMs, this.#closing.signal);
    const client = newClient({ ...clientConfig(this.options), pipeline: true }, this.options.onError);
    client.on('error', () => {
      this.#drop(client);
    });
    client.on('end', () => {
      this.#drop(client);
    });
    try {
      await client.connect();
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), maxPauseMs);
      this.#discard(client);
      throw error;
    }
    this.#pauseMs = 0;
    this.#client = client;
    return client;
  }

  #drop(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#pauseMs = firstPauseMs;
    this.#discard(client);
  }

  /** Ends it without waiting: what is still under way on it fails at once instead of at its time-out. */
  #discard(client: pg.Client): void {
    client.end().catch(this.options.onError);
  }
}

/** A statement's own time-out or deadlock leaves the connection as it was. */
const isLost = (error: unknown): boolean => isTransient(error) && !isAnswered(error);

const isAnswered = (error: unknown): boolean =>
  isNativeError(error) && 'severity' in error && error.severity === 'ERROR';
