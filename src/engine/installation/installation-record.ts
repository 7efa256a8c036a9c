import type pg from 'pg';
import { type Instant } from '../../kernel/instant.js';
import { type Revision } from '../../kernel/recorded.js';
import { checkpointsTable, furthestCheckpoint } from '../followers/checkpoint.sql.js';
import { type Place, type Remembered } from './installation.js';

/** As JSON: a database of an earlier release lacks the later columns. */
interface Row {
  readonly installation: string;
  readonly database: string;
  readonly store: string;
  readonly namespace: string | null;
  readonly is_settled: boolean;
  readonly log_revision?: Revision | null;
}

/** What an empty database is going to remember. */
export const unwritten = (installation: string, database: string, { store, namespace }: Place): Remembered => ({
  installation,
  database,
  store,
  namespace,
  isSettled: false,
  revision: null,
  checkpoint: null,
});

/** The row by which a database remembers its log. */
export class InstallationRecord {
  constructor(private readonly client: pg.ClientBase) {}

  /** What it says; the first start makes it say something, so that all nodes on it say the same to the log. */
  async read(installation: string, database: string, place: Place): Promise<[Remembered, Instant]> {
    await this.client.query(
      `insert into forgerun_engine.installation (installation, database, store, namespace) values ($1, $2, $3, $4)
       on conflict (singleton) do nothing`,
      [installation, database, place.store, place.namespace],
    );
    const remembered = await this.peek(installation, database, place);
    const { rows } = await this.client.query<{ now: string }>(
      `select floor(extract(epoch from clock_timestamp()) * 1000)::text as now`,
    );
    return [remembered, Number(rows[0]?.now)];
  }

  /** The same, or what `read` would make it say, in a database in any state; changes nothing. */
  async peek(installation: string, database: string, place: Place): Promise<Remembered> {
    const said = await this.#ifThere<{ row: Row }>(
      'forgerun_engine.installation',
      'select to_jsonb(i) as row from forgerun_engine.installation i',
    );
    const reached = await this.#ifThere<{ position: string | null }>(checkpointsTable, furthestCheckpoint);
    const position = reached?.position ?? null;
    const checkpoint = position === null ? null : BigInt(position);
    if (said === undefined) return { ...unwritten(installation, database, place), checkpoint };
    const { is_settled: isSettled, log_revision: revision = null, ...row } = said.row;
    const { store, namespace } = row;
    return {
      installation: row.installation,
      database: row.database,
      store,
      namespace,
      isSettled,
      revision,
      checkpoint,
    };
  }

  /** Remembers what it has in common with its log, where that is now, and where its stream about itself ends. */
  async settle(installation: string, { store, namespace }: Place, revision: Revision | null): Promise<void> {
    await this.client.query(
      `update forgerun_engine.installation set installation = $1, store = $2, namespace = $3, is_settled = true,
         log_revision = greatest(log_revision, $4)`,
      [installation, store, namespace, revision],
    );
  }

  async #ifThere<Row extends pg.QueryResultRow>(table: string, query: string): Promise<Row | undefined> {
    const { rows } = await this.client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
      table,
    ]);
    return rows[0]?.there === true ? (await this.client.query<Row>(query)).rows[0] : undefined;
  }
}
