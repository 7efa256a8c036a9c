import { type ClientConfig } from 'pg';
import { asError } from './failures.js';
import { StandingConnection } from './standing-connection.js';
import { every, type Timer } from '../../platform/clock/timer.js';

type Hear = (payload: string) => void;

/** One LISTEN connection for a whole process. What it brings is a hint: whoever listens also polls. */
export class Notifications {
  readonly #connection: StandingConnection;
  readonly #channels = new Map<string, Set<Hear>>();
  readonly #failed: (error: Error) => void;
  readonly #hearing: Promise<void>;
  #heard: () => void = () => undefined;
  #pulse: Timer | null = null;
  #isChecking = false;

  constructor(config: ClientConfig, failed: (error: Error) => void = () => undefined) {
    this.#failed = failed;
    this.#hearing = new Promise((resolve) => {
      this.#heard = resolve;
    });
    this.#connection = new StandingConnection(config, {
      opened: async (client) => {
        client.on('notification', ({ channel, payload }) => {
          for (const hear of this.#channels.get(channel) ?? []) hear(payload ?? '');
        });
        for (const channel of this.#channels.keys()) await client.query(`LISTEN ${channel}`);
        this.#heard();
      },
      lost: () => undefined,
      failed,
    });
  }

  /** Hears a channel from now on. Call it before `start`. */
  on(channel: string, hear: Hear): void {
    const hearers = this.#channels.get(channel) ?? new Set();
    hearers.add(hear);
    this.#channels.set(channel, hearers);
  }

  /** Resolves once channels are heard for the first time. */
  async start(): Promise<void> {
    this.#connection.start();
    // A half-open connection says nothing, so it is asked now and then.
    this.#pulse ??= every(2_000, () => void this.#check());
    await this.#hearing;
  }

  async stop(): Promise<void> {
    if (this.#pulse !== null) this.#pulse.cancel();
    this.#heard();
    await this.#connection.stop();
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await this.#connection.client?.query('SELECT 1');
    } catch (error) {
      this.#failed(asError(error));
      this.#connection.breakOff();
    } finally {
      this.#isChecking = false;
    }
  }
}
