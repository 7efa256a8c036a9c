import { type ClientConfig } from 'pg';
import { SessionConnection } from './session-connection.js';
import { every, type Timer } from '../../platform/clock/timer.js';
import { asError } from '../../platform/async/as-error.js';

type Listener = (payload: string) => void;

/** One LISTEN connection for a whole process. What it brings is a hint: a listener also polls. */
export class Notifications {
  readonly #connection: SessionConnection;
  readonly #channels = new Map<string, Set<Listener>>();
  readonly #failed: (error: Error) => void;
  readonly #listening: Promise<void>;
  #onListening: () => void = () => undefined;
  #pulse: Timer | null = null;
  #isChecking = false;

  constructor(config: ClientConfig, failed: (error: Error) => void = () => undefined) {
    this.#failed = failed;
    this.#listening = new Promise((resolve) => {
      this.#onListening = resolve;
    });
    this.#connection = new SessionConnection(config, {
      opened: async (client) => {
        client.on('notification', ({ channel, payload }) => {
          for (const listener of this.#channels.get(channel) ?? []) listener(payload ?? '');
        });
        for (const channel of this.#channels.keys()) await client.query(`listen ${channel}`);
        this.#onListening();
      },
      lost: () => undefined,
      failed,
    });
  }

  /** Subscribes to a channel. Call it before `start`. */
  on(channel: string, listener: Listener): void {
    const listeners = this.#channels.get(channel) ?? new Set();
    listeners.add(listener);
    this.#channels.set(channel, listeners);
  }

  /** Connects. Resolves once the channels are listened to for the first time. */
  async start(): Promise<void> {
    this.#connection.start();
    // A half-open connection says nothing, so it is asked now and then.
    this.#pulse ??= every(2_000, () => void this.#check());
    await this.#listening;
  }

  async stop(): Promise<void> {
    if (this.#pulse !== null) this.#pulse.cancel();
    this.#onListening();
    await this.#connection.stop();
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await this.#connection.client?.query('select 1');
    } catch (error) {
      this.#failed(asError(error));
      this.#connection.breakOff();
    } finally {
      this.#isChecking = false;
    }
  }
}
