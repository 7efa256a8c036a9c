import pg from 'pg';
import { type SilenceLimits } from './silence.js';
import { WatchedClient } from './watched-client.js';

/** The one place where connections to Postgres are made: each has a limit for everything it waits for. */

export interface ConnectionOptions {
  readonly connectionString: string;
  /** Who this is in pg_stat_activity: `forgerun:<pid>:<name>`. */
  readonly name: string;
  /** Called with the error of a connection that breaks while it is idle; the pool replaces it. */
  readonly onError: (error: Error) => void;
  /** 0: none, for rebuilds and migrations. A silent server is noticed all the same. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionMs?: number;
  /** For a connection to be opened, and in a pool for one to be free. */
  readonly connectTimeoutMs?: number;
  /** `bigint`: int8 columns arrive as bigint; otherwise as strings, pg's own way. */
  readonly int8?: 'string' | 'bigint';
  readonly silence?: SilenceLimits;
}

export interface PoolOptions extends ConnectionOptions {
  readonly max: number;
  /** Statements are sent without waiting for the answers before them. */
  readonly pipeline?: boolean;
  /** Settings of the server, `name=value`, for all statements of this pool. */
  readonly settings?: readonly string[];
}

/** In pg 8.23 and not yet in its types. */
interface PipelineConfig extends pg.ClientConfig {
  readonly pipeline?: boolean;
}

/** How much longer than a connection takes to open one is waited for in a pool. */
const waitMs = 4_000;
/** As long as a busy machine needs to start a server process, with room for others in a call that is answered in time. */
const defaultConnectMs = 8_000;

/** Bounded in every direction: connections, waiting for one, silence, statements, row waits, forgotten transactions. */
export function openPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({ ...poolConfig(options), idleTimeoutMillis: 30_000, allowExitOnIdle: false });
  pool.on('error', heardFromTheConnection);
  pool.on('acquire', (client) => {
    if (client instanceof WatchedClient) client.isIdle = false;
  });
  pool.on('release', (_error, client) => {
    if (client instanceof WatchedClient) client.isIdle = true;
  });
  return pool;
}

/** A pool passes on what breaks its idle connections, which have reported it themselves. */
export const heardFromTheConnection = (): void => undefined;

/** What a pool is made of, also one that a library makes by itself. */
export function poolConfig(options: PoolOptions): pg.PoolConfig {
  const config = clientConfig(options);
  const { pipeline = false, settings = [], onError, silence } = options;
  const own: PipelineConfig = {
    ...config,
    ...(pipeline ? { pipeline } : {}),
    options: serverOptions([...always, ...settings]),
  };
  return {
    max: options.max,
    // Opening a connection has its own limit; this one is for waiting until one is free, too.
    connectionTimeoutMillis: (config.connectionTimeoutMillis ?? defaultConnectMs) + waitMs,
    Client: class extends WatchedClient {
      constructor() {
        super(own, onError, silence);
      }
    },
  };
}

/** A connection that is kept for its session, not open yet. */
export function newClient(config: PipelineConfig, onError: (error: Error) => void, silence?: SilenceLimits): pg.Client {
  return new WatchedClient(
    { connectionTimeoutMillis: defaultConnectMs, keepAlive: true, keepAliveInitialDelayMillis: 10_000, ...config },
    onError,
    silence,
  );
}

/** Lends an open connection to `work`, and closes it. */
export async function withClient<Answer>(
  options: ConnectionOptions,
  work: (client: pg.Client) => Promise<Answer>,
): Promise<Answer> {
  const client = newClient(clientConfig(options), options.onError, options.silence);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  const { statementTimeoutMs, lockTimeoutMs = 2_000, idleInTransactionMs = 10_000 } = options;
  return {
    connectionString: options.connectionString,
    application_name: `forgerun:${process.pid}:${options.name}`,
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: serverOptions(always),
    ...(options.int8 === 'bigint' ? { types: bigintTypes } : {}),
  };
}

/**
 * A server that was built with LLVM compiles each statement that looks dear, for half a second: one that is set not to
 * scan looks dearer than any limit as soon as it has to. What is asked here is never worth it.
 */
const always = ['jit=off'];

const serverOptions = (settings: readonly string[]): string => settings.map((setting) => `-c ${setting}`).join(' ');

/** Types of one pool, not of the process: other libraries that use pg keep what they expect. */
const bigintTypes: pg.CustomTypesConfig = {
  getTypeParser: (type: TypeId, format?: 'text' | 'binary'): unknown =>
    type === pg.types.builtins.INT8 && format !== 'binary' ? BigInt : pg.types.getTypeParser(type, format),
};

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
