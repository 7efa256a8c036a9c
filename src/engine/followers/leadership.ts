import { randomUUID } from 'node:crypto';
import { type Client, type ClientConfig } from 'pg';
import { leaveStatement, renewStatement, resignStatement, sessionStatement, takeStatement } from './leadership.sql.js';
import { SessionConnection } from './session-connection.js';
import { asError } from '../../platform/async/as-error.js';
import { Signal } from '../../platform/async/signal.js';
import { failpoint } from '../../platform/failpoints/failpoint.js';

/** A time in which this process is the one that runs a follower. */
export interface Term {
  /** Rises with every term of a follower: the checkpoint that is written in it carries this number. */
  readonly number: bigint;
  /** Fires when another process has taken over, or may have. */
  readonly lost: AbortSignal;
  /** Hands the follower on. Repeatable. */
  resign(): Promise<void>;
}

interface Candidate {
  readonly name: string;
  elected: (term: Term) => void;
}

interface Held {
  readonly number: bigint;
  readonly lost: AbortController;
}

interface TermRow {
  readonly name: string;
  readonly term: string | null;
  readonly mine: boolean;
  readonly free: boolean;
}

export interface LeadershipOptions {
  /** How often a node renews what it holds and tries for what it does not; jittered. */
  readonly pollMs?: number;
  /** Who has not renewed for so long has lost what it held. */
  readonly silenceMs?: number;
  /** The same for those whose session has ended. Longer than a living process needs for a new one. */
  readonly goneMs?: number;
  /** Whether this process fires timers, which is kept for those who have to know when nothing did. */
  readonly firesTimers?: boolean;
  readonly failed?: (error: Error) => void;
}

/**
 * Elects one process per name by rows with a date: a node renews one row for all it runs, and what it runs is free once
 * it has been silent for a while. No session is trusted to end with its process: a server notices that only when the
 * connection is closed. Elections keep work from being done twice; that work done twice is still right is the
 * checkpoint's business.
 */
export class Leadership {
  readonly #nodeId = randomUUID();
  readonly #connection: SessionConnection;
  readonly #candidates = new Set<Candidate>();
  readonly #held = new Map<string, Held>();
  readonly #options: Required<LeadershipOptions>;
  readonly #signal = new Signal();
  #session: { readonly pid: number; readonly began: string } | null = null;
  /** When the last renewal that was answered set out, by the process's own clock. */
  #renewedAt = Number.NEGATIVE_INFINITY;
  #stopping = false;
  #turn: Promise<unknown> = Promise.resolve();
  #polling: Promise<void> | null = null;

  constructor(config: ClientConfig, options: LeadershipOptions = {}) {
    this.#options = {
      pollMs: 1_000,
      silenceMs: 5_000,
      goneMs: 2_000,
      firesTimers: false,
      failed: () => undefined,
      ...options,
    };
    this.#connection = new SessionConnection(config, {
      opened: async (client) => {
        const { rows } = await client.query<{ pid: number; began: string }>(sessionStatement);
        this.#session = rows[0] ?? null;
        this.#signal.notify();
      },
      // What is held stays held: another session goes on renewing it.
      lost: () => {
        this.#session = null;
      },
      failed: this.#options.failed,
    });
  }

  start(): void {
    this.#connection.start();
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#signal.notify();
    await this.#polling;
    await this.#ask((client) => client.query(leaveStatement, [this.#nodeId]));
    await this.#connection.stop();
  }

  /** Waits until it is this process that runs the name; null when the signal comes first. */
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
      this.#signal.notify();
    });
  }

  async #poll(): Promise<void> {
    while (!this.#stopping) {
      await this.#renew();
      await this.#signal.sleep(this.#options.pollMs * (0.75 + Math.random() / 2));
    }
  }

  /** One statement for everything that is held or stood for. */
  async #renew(): Promise<void> {
    const session = this.#session;
    const setOut = performance.now();
    const rows = await this.#ask(async (client) => {
      if (session === null) return null;
      failpoint('term.renew');
      const { firesTimers, silenceMs, goneMs } = this.#options;
      const names = [...new Set([...this.#candidates].map(({ name }) => name))];
      const values = [this.#nodeId, session.pid, session.began, firesTimers, names, silenceMs, goneMs];
      const answer = await client.query<TermRow>({ name: 'renew-terms', text: renewStatement, values });
      failpoint('term.renewed');
      return answer.rows;
    });
    if (rows === null) {
      // Others have stopped waiting for this node, and what it would write now is refused.
      if (performance.now() - this.#renewedAt > this.#options.silenceMs) this.#lose([...this.#held.keys()]);
      return;
    }
    this.#renewedAt = setOut;
    await this.#compare(rows);
  }

  async #compare(rows: readonly TermRow[]): Promise<void> {
    const mine = new Map(rows.flatMap(({ name, term, mine }) => (mine && term !== null ? [[name, BigInt(term)]] : [])));
    this.#lose([...this.#held].flatMap(([name, { number }]) => (mine.get(name) === number ? [] : [name])));
    const wanted = new Set([...this.#candidates].map(({ name }) => name));
    // Taken, but the candidate had left before the answer came.
    const strays = [...mine].filter(([name]) => !this.#held.has(name) && !wanted.has(name));
    if (strays.length > 0) await this.#release(strays);
    const free = rows.flatMap(({ name, free }) => (free && wanted.has(name) && !this.#held.has(name) ? [name] : []));
    if (free.length > 0) await this.#take(free);
  }

  async #take(names: readonly string[]): Promise<void> {
    const { silenceMs, goneMs } = this.#options;
    const rows = await this.#ask(async (client) => {
      const values = [this.#nodeId, names, silenceMs, goneMs];
      const taken = await client.query<{ name: string; term: string }>(takeStatement, values);
      failpoint('term.taken');
      return taken.rows;
    });
    for (const { name, term } of rows ?? []) await this.#won(name, BigInt(term));
  }

  async #won(name: string, number: bigint): Promise<void> {
    const candidate = [...this.#candidates].find((one) => one.name === name);
    if (candidate === undefined) {
      await this.#release([[name, number]]);
      return;
    }
    const held: Held = { number, lost: new AbortController() };
    this.#held.set(name, held);
    candidate.elected({
      number,
      lost: held.lost.signal,
      resign: async () => {
        if (this.#held.get(name) !== held) return;
        this.#held.delete(name);
        await this.#release([[name, number]]);
      },
    });
  }

  #lose(names: readonly string[]): void {
    for (const name of names) {
      const held = this.#held.get(name);
      this.#held.delete(name);
      held?.lost.abort();
    }
  }

  async #release(terms: readonly (readonly [string, bigint])[]): Promise<void> {
    const names = terms.map(([name]) => name);
    const numbers = terms.map(([, number]) => number.toString());
    await this.#ask(async (client) => {
      await client.query(resignStatement, [this.#nodeId, names, numbers]);
      failpoint('term.resigned');
    });
  }

  /** One question after the other, on the one session. Null when it is not answered: then the session is given up. */
  async #ask<Answer>(ask: (client: Client) => Promise<Answer>): Promise<Answer | null> {
    const answer = this.#turn.then(async () => {
      const { client } = this.#connection;
      if (client === null) return null;
      try {
        return await ask(client);
      } catch (error) {
        this.#options.failed(asError(error));
        this.#connection.breakOff();
        return null;
      }
    });
    this.#turn = answer;
    return await answer;
  }
}
