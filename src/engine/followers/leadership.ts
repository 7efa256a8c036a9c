import { type ClientConfig } from 'pg';
import { asError } from './failures.js';
import { StandingConnection } from './standing-connection.js';
import { Wake } from './wake.js';

/** A time in which this process is the one that runs a follower. */
export interface Term {
  /** Fires when the session that holds the office is lost. */
  readonly lost: AbortSignal;
  /** Hands the office on. Repeatable. */
  resign(): Promise<void>;
}

interface Candidate {
  readonly name: string;
  elected: (term: Term) => void;
}

interface Office {
  readonly lost: AbortController;
}

export interface LeadershipOptions {
  /** How often a standby tries; jittered. */
  readonly pollMs?: number;
  readonly failed?: (error: Error) => void;
}

/**
 * Elects one process per name by session advisory locks, all on one connection. It keeps work from being done twice;
 * that work done twice is still right is the checkpoint's business.
 */
export class Leadership {
  readonly #connection: StandingConnection;
  readonly #candidates = new Set<Candidate>();
  readonly #offices = new Map<string, Office>();
  readonly #pollMs: number;
  readonly #failed: (error: Error) => void;
  readonly #bell = new Wake();
  #stopping = false;
  #turn: Promise<unknown> = Promise.resolve();
  #polling: Promise<void> | null = null;

  constructor(config: ClientConfig, { pollMs = 1_000, failed = () => undefined }: LeadershipOptions = {}) {
    this.#pollMs = pollMs;
    this.#failed = failed;
    this.#connection = new StandingConnection(config, {
      opened: () => {
        this.#bell.ring();
        return Promise.resolve();
      },
      lost: () => {
        for (const { lost } of this.#offices.values()) lost.abort();
        this.#offices.clear();
      },
      failed,
    });
  }

  start(): void {
    this.#connection.start();
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#bell.ring();
    await this.#polling;
    await this.#connection.stop();
  }

  /** Waits until this process holds the name's office; null when the signal comes first. */
  async elect(name: string, signal: AbortSignal): Promise<Term | null> {
    if (signal.aborted) return null;
    return new Promise((resolve) => {
      const candidate: Candidate = {
        name,
        elected: (term) => {
          this.#candidates.delete(candidate);
          signal.removeEventListener('abort', giveUp);
          resolve(term);
        },
      };
      const giveUp = (): void => {
        this.#candidates.delete(candidate);
        resolve(null);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#candidates.add(candidate);
      this.#bell.ring();
    });
  }

  async #poll(): Promise<void> {
    while (!this.#stopping) {
      await this.#tryAll();
      await this.#bell.sleep(this.#pollMs * (0.75 + Math.random() / 2));
    }
  }

  /** One statement for all candidates. It also shows whether the session still answers. */
  async #tryAll(): Promise<void> {
    const client = this.#connection.client;
    if (client === null) return;
    const candidates = [...this.#candidates];
    try {
      const { rows } = await this.#inTurn(() =>
        client.query<{ name: string; held: boolean }>(
          `SELECT name, pg_try_advisory_lock(hashtextextended('forgerun.follower.' || name, 0)) AS held
             FROM unnest($1::text[]) AS name`,
          [candidates.map(({ name }) => name)],
        ),
      );
      for (const { name, held } of rows) if (held) await this.#won(name, candidates);
    } catch (error) {
      this.#failed(asError(error));
      this.#connection.breakOff();
    }
  }

  async #won(name: string, candidates: readonly Candidate[]): Promise<void> {
    const candidate = candidates.find((one) => one.name === name && this.#candidates.has(one));
    const office: Office = { lost: new AbortController() };
    if (candidate === undefined) {
      await this.#release(name);
      return;
    }
    this.#offices.set(name, office);
    candidate.elected({
      lost: office.lost.signal,
      resign: async () => {
        if (this.#offices.get(name) !== office) return;
        this.#offices.delete(name);
        await this.#release(name);
      },
    });
  }

  async #release(name: string): Promise<void> {
    try {
      await this.#inTurn(async () => {
        await this.#connection.client?.query(
          `SELECT pg_advisory_unlock(hashtextextended('forgerun.follower.' || $1, 0))`,
          [name],
        );
      });
    } catch (error) {
      // The session ends with the office in it, which resigns as well.
      this.#failed(asError(error));
      this.#connection.breakOff();
    }
  }

  /** The offices share one session, which takes one question at a time. */
  async #inTurn<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#turn.then(ask);
    // Whoever asked hears of a failure; the next in line only waits for its end.
    this.#turn = answer.catch(() => null);
    return await answer;
  }
}
