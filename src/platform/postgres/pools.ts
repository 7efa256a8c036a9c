import pg from 'pg';

export interface ConnectionOptions {
  readonly connectionString: string;
  /** Who this is in pg_stat_activity: `forgerun:<pid>:<name>`. */
  readonly name: string;
  /** Hears of connections that break while nobody waits for them; they are replaced by themselves. */
  readonly onError: (error: Error) => void;
  /** 0: none, for rebuilds. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionMs?: number;
  readonly connectTimeoutMs?: number;
  /** `bigint`: int8 columns arrive as bigint; otherwise as strings, pg's own way. */
  readonly int8?: 'string' | 'bigint';
}

export interface PoolOptions extends ConnectionOptions {
  readonly max: number;
}

/** Bounded in every direction: connections, waiting for one, statements, row waits, forgotten transactions. */
export function openPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(options),
    max: options.max,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: false,
  });
  pool.on('error', options.onError);
  // The pool's own handler covers idle clients only; one that breaks between two statements would end the process.
  pool.on('connect', (client) => {
    client.on('error', options.onError);
  });
  return pool;
}

export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  const { statementTimeoutMs, lockTimeoutMs = 2_000, idleInTransactionMs = 10_000, connectTimeoutMs = 3_000 } = options;
  return {
    connectionString: options.connectionString,
    application_name: `forgerun:${process.pid}:${options.name}`,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    // A server that fell silent never answers that it cancelled the statement.
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + 2_000 }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(options.int8 === 'bigint' ? { types: bigintTypes } : {}),
  };
}

/** Types of one pool, not of the process: other libraries that use pg keep what they expect. */
const bigintTypes: pg.CustomTypesConfig = {
  getTypeParser: (type: TypeId, format?: 'text' | 'binary'): unknown =>
    type === pg.types.builtins.INT8 && format !== 'binary' ? BigInt : pg.types.getTypeParser(type, format),
};

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];
