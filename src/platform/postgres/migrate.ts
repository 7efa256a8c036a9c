import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Logger, type MigrationInterface } from 'typeorm';
import { openDataSource } from './data-source.js';
import { type ConnectionOptions, withClient } from './pools.js';

export interface MigrateOptions {
  readonly connectionString: string;
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly migrationsTable: 'forgerun_log_migrations' | 'forgerun_engine_migrations';
  readonly onError: (error: Error) => void;
  /** How long another process may take with the same migrations. */
  readonly waitMs?: number;
}

/** A schema of its own: what the migrations make may be dropped and made again, the record of them stays. */
const schema = 'forgerun_migrations';

/** Brings the database up to date and says how many migrations that took; any number of processes may start at once. */
export async function migrate(options: MigrateOptions): Promise<number> {
  // The end of its session gives the turn to the next.
  return await withClient(connectionFor(options), async (turn) => {
    await waitForTurn(turn, options);
    await turn.query(`create schema if not exists ${schema}`);
    return await runMigrations(options);
  });
}

/** A migration may take as long as it needs; only a server that shows no sign of life is given up. */
const connectionFor = ({ connectionString, onError }: MigrateOptions): ConnectionOptions => ({
  connectionString,
  name: 'migrate',
  onError,
  statementTimeoutMs: 0,
  lockTimeoutMs: 60_000,
  idleInTransactionMs: 0,
});

/**
 * Asked for again and again instead of waited for inside Postgres: a waiting statement holds a snapshot, and a migration
 * with `create index concurrently` would wait for that one for ever.
 */
async function waitForTurn(turn: pg.Client, { migrationsTable, waitMs = 10 * 60_000 }: MigrateOptions): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const { rows } = await turn.query<{ mine: boolean }>(
      "select pg_try_advisory_lock(hashtext('forgerun_migrations'), hashtext($1)) as mine",
      [migrationsTable],
    );
    if (rows[0]?.mine === true) return;
    if (performance.now() > deadline) {
      throw new Error(`Another process has been busy with ${migrationsTable} for ${waitMs / 1000} s`);
    }
    await sleep(100);
  }
}

async function runMigrations(options: MigrateOptions): Promise<number> {
  const source = await openDataSource(
    { ...connectionFor(options), max: 2 },
    {
      schema,
      migrations: [...options.migrations],
      migrationsTableName: options.migrationsTable,
      migrationsTransactionMode: 'each',
      logger: silent,
    },
  );
  try {
    return (await source.runMigrations()).length;
  } finally {
    await source.destroy();
  }
}

/** TypeORM would write to the console; what goes wrong is thrown, and the count is returned. */
const silence = (): void => undefined;
const silent: Logger = {
  logQuery: silence,
  logQueryError: silence,
  logQuerySlow: silence,
  logSchemaBuild: silence,
  logMigration: silence,
  log: silence,
};
