import type pg from 'pg';
import { type Logger, type MigrationInterface } from 'typeorm';
import { openDataSource } from './data-source.js';
import { isTransient } from './errors.js';
import { type ConnectionOptions, withClient } from './pools.js';
import { every, sleep } from '../clock/timer.js';
import { asError } from '../async/as-error.js';
import { failpoint } from '../failpoints/failpoint.js';

interface MigrateOptions {
  readonly connectionString: string;
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly migrationsTable: 'forgerun_log_migrations' | 'forgerun_engine_migrations';
  /** Functions that the code of today asks for, as `create or replace`: run behind the migrations, each time. */
  readonly functions?: readonly string[];
  readonly onError: (error: Error) => void;
  /** How long another process may take with the same migrations. */
  readonly waitMs?: number;
  /** How long a process that has the turn may give no sign of life. */
  readonly silenceMs?: number;
}

const defaultSilenceMs = 15_000;

/** The connection went in the middle. What was not committed is not there, and another try goes on from what was. */
class MigrationsInterrupted extends Error {
  /** Makes it worth another try: see `isTransient`. */
  readonly code = 'ECONNRESET';
}

/** A schema of its own: what the migrations make may be dropped and made again, the record of them stays. */
const schema = 'forgerun_migrations';

/** Brings the database up to date and says how many migrations that took; any number of processes may start at once. */
export async function migrate(options: MigrateOptions): Promise<number> {
  // The end of its session gives the turn to the next.
  return await withClient(connectionFor(options), async (turn) => {
    const lost = new Promise<never>((_resolve, reject) => {
      turn.once('end', () => {
        reject(new MigrationsInterrupted(goneFrom(options)));
      });
    });
    let isBroken = false;
    turn.once('error', () => {
      isBroken = true;
    });
    // Nothing may wait for it, as while the turn is waited for.
    lost.catch(() => undefined);
    await waitForTurn(turn, options);
    // A session that ends just here says so in words that no caller can tell from a fault of the migrations.
    await turn.query(`create schema if not exists ${schema}`).catch((error: unknown) => {
      throw isBroken ? new MigrationsInterrupted(goneFrom(options), { cause: error }) : error;
    });
    let isOver = false;
    let isAsked = false;
    const pulse = every((options.silenceMs ?? defaultSilenceMs) / 10, () => {
      // A server that is silent is asked once, not again and again.
      if (isAsked) return;
      isAsked = true;
      turn
        .query('select')
        .catch((error: unknown) => {
          // The last one may be under way when the session is ended.
          if (!isOver) options.onError(asError(error));
        })
        .finally(() => {
          isAsked = false;
        });
    });
    try {
      failpoint('migration.begin');
      return await runMigrations(options, lost);
    } finally {
      isOver = true;
      pulse.cancel();
    }
  });
}

const goneFrom = ({ migrationsTable }: MigrateOptions): string =>
  `The turn to run ${migrationsTable} went to another process, or the server is gone`;

/** A migration may take as long as it needs; only a server that shows no sign of life is given up. */
const connectionFor = ({
  connectionString,
  onError,
  silenceMs = defaultSilenceMs,
}: MigrateOptions): ConnectionOptions => ({
  connectionString,
  name: 'migrate',
  onError,
  statementTimeoutMs: 0,
  lockTimeoutMs: 60_000,
  // A process that is frozen in the middle of a migration must not keep its locks.
  idleInTransactionMs: silenceMs,
});

/**
 * Asked for again and again instead of waited for inside Postgres: a waiting statement holds a snapshot, and a migration
 * with `create index concurrently` would wait for that one for ever.
 */
async function waitForTurn(
  turn: pg.Client,
  { migrationsTable, waitMs = 10 * 60_000, silenceMs = defaultSilenceMs }: MigrateOptions,
): Promise<void> {
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
    // A session outlives the process that is frozen, or that the network has lost. The process that has the turn says
    // so on it from time to time, however long a migration takes.
    await turn.query(endSilentHolder, [migrationsTable, silenceMs]);
    await sleep(100);
  }
}

const endSilentHolder = `
  select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = (hashtext('forgerun_migrations')::bigint & 4294967295)::oid
    and l.objid = (hashtext($1)::bigint & 4294967295)::oid
    and a.state_change < clock_timestamp() - $2 * interval '1 millisecond'`;

async function runMigrations(options: MigrateOptions, lost: Promise<never>): Promise<number> {
  const { onError, migrationsTable } = options;
  const breaks: Error[] = [];
  const connection = connectionFor({
    ...options,
    onError: (error) => {
      breaks.push(error);
      onError(error);
    },
  });
  const source = await openDataSource(
    { ...connection, max: 2 },
    {
      schema,
      migrations: [...options.migrations],
      migrationsTableName: migrationsTable,
      migrationsTransactionMode: 'each',
      logger: silent,
    },
  );
  try {
    const made = await Promise.race([source.runMigrations(), lost]);
    for (const each of options.functions ?? []) await Promise.race([source.query(each), lost]);
    return made.length;
  } catch (error) {
    // What TypeORM says when its connection is gone names neither that nor why.
    const [broken] = breaks;
    if (broken === undefined || isTransient(error)) throw error;
    throw new MigrationsInterrupted(`The connection that ran ${migrationsTable} broke`, { cause: broken });
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
  logSchemaBuild: (text) => {
    if (text.endsWith('executed successfully.')) failpoint('migration.committed');
  },
  logMigration: silence,
  log: silence,
};
