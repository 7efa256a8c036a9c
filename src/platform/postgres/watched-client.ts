import { type EventEmitter } from 'node:events';
import { type Socket } from 'node:net';
import pg from 'pg';
import { ServerProbe, type Sighting } from './server-probe.js';
import { defaultSilenceLimits, ServerSilent, type SilenceLimits } from './silence.js';
import { every, type Timer } from '../clock/timer.js';

/** What pg keeps of a client and does not declare; `test/platform/postgres-silence.spec.ts` holds it to that. */
interface ClientInside {
  readonly connection: { readonly stream: Socket };
  /** False from a statement's departure to the end of its answer. */
  readonly readyForQuery: boolean | null;
  readonly processID: number | null;
  readonly _ending: boolean;
  /** From the call of `connect` until it was answered. */
  readonly _connecting: boolean;
}

/** A server's statement time-out ends a statement there; its saying so may take this long. */
const afterStatementMs = 2_000;
/** A backend that was seen idle is looked at again, in case its answer was on the way. */
const secondLookMs = 1_000;

interface Server {
  readonly probe: ServerProbe;
  /** Open connections of this process. */
  readonly clients: Set<WatchedClient>;
}

/** By how they are reached; a process knows a handful. */
const servers = new Map<string, Server>();

function serverOf(config: pg.ClientConfig, onError: (error: Error) => void): Server {
  const { connectionString, user = '', host = '', port = '', database = '' } = config;
  const key = connectionString ?? `${user}@${host}:${port}/${database}`;
  const known = servers.get(key);
  if (known !== undefined) return known;
  const server = { probe: new ServerProbe(config, onError), clients: new Set<WatchedClient>() };
  servers.set(key, server);
  return server;
}

/**
 * A connection that notices when the server says nothing although it owes an answer: a server that hangs, a network that
 * swallows. pg's own `query_timeout` fails the statement and leaves a connection on which the answer may still arrive, and
 * everything behind it waits; here the connection is destroyed, which fails at once all that was asked on it.
 * Silence is counted in looks at the socket and not by the clock, so a process that stood still itself does not accuse
 * the server.
 */
export class WatchedClient extends pg.Client {
  /** In a pool, and not lent out: nothing is lost with it. */
  isIdle = false;

  readonly #inside: ClientInside;
  readonly #server: Server;
  readonly #connectMs: number;
  readonly #maxSilenceMs: number;
  readonly #limits: SilenceLimits;
  readonly #looks: Timer;
  #connectingMs = 0;
  #bytes = 0;
  #silentMs = 0;
  #askAtMs = 0;
  #seenIdle = 0;
  #isAsking = false;

  constructor(config: pg.ClientConfig, onError: (error: Error) => void, limits: SilenceLimits = defaultSilenceLimits) {
    // Both counted here instead.
    super({ ...config, connectionTimeoutMillis: 0, query_timeout: 0 });
    this.#inside = this as unknown as ClientInside;
    this.#limits = limits;
    const { statement_timeout: statementMs, connectionTimeoutMillis: connectMs = 0 } = config;
    this.#connectMs = connectMs > 0 ? connectMs : Number.POSITIVE_INFINITY;
    this.#maxSilenceMs =
      typeof statementMs === 'number' && statementMs > 0 ? statementMs + afterStatementMs : Number.POSITIVE_INFINITY;
    this.#server = serverOf(config, onError);
    // Without a listener a connection that breaks between two statements would end the process.
    this.on('error', (error) => {
      if (!this.#inside._ending) onError(error);
    });
    this.#looks = every(limits.tickMs, () => {
      this.#look();
    }).unref();
    (this as EventEmitter).once('connect', () => {
      this.#server.clients.add(this);
    });
    this.once('end', () => {
      this.#looks.cancel();
      this.#server.clients.delete(this);
    });
  }

  #look(): void {
    const { readyForQuery, _ending: isEnding, _connecting: isConnecting, connection } = this.#inside;
    if (isConnecting) {
      this.#connectingMs += this.#limits.tickMs;
      if (this.#connectingMs >= this.#connectMs)
        connection.stream.destroy(new ServerSilent(`Postgres took no connection within ${this.#connectMs} ms`));
      return;
    }
    const isOwed = readyForQuery === false;
    if ((!isOwed && !isEnding) || connection.stream.bytesRead !== this.#bytes) {
      this.#bytes = connection.stream.bytesRead;
      this.#silentMs = 0;
      this.#askAtMs = this.#limits.doubtMs;
      this.#seenIdle = 0;
      return;
    }
    this.#silentMs += this.#limits.tickMs;
    if (!isOwed) {
      if (this.#silentMs >= this.#limits.goodbyeMs) connection.stream.destroy();
    } else if (this.#silentMs >= this.#maxSilenceMs) this.#giveUp();
    else if (this.#silentMs >= this.#askAtMs && !this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    const before = this.#bytes;
    this.#isAsking = true;
    const sighting = await this.#server.probe.look(this.#limits);
    this.#isAsking = false;
    const { readyForQuery, connection } = this.#inside;
    if (readyForQuery !== false || connection.stream.bytesRead !== before || this.#silentMs === 0) return;
    this.#judge(sighting);
  }

  #judge({ isAlive, working }: Sighting): void {
    const isWorking = working === null || working.has(this.#inside.processID ?? 0);
    this.#seenIdle = isWorking ? 0 : this.#seenIdle + 1;
    if (!isAlive || this.#seenIdle > 1) this.#giveUp();
    else this.#askAtMs = this.#silentMs + (isWorking ? this.#limits.doubtMs : secondLookMs);
  }

  #giveUp(): void {
    const said = new ServerSilent(`Postgres has said nothing for ${this.#silentMs} ms`);
    // The idle ones went the same way, and each would cost its borrower as long as this one took.
    for (const other of this.#server.clients) if (other.isIdle) other.#inside.connection.stream.destroy(said);
    this.#inside.connection.stream.destroy(said);
  }
}
