import type pg from 'pg';
import type { Instant } from '../../kernel/instant.js';
import type { Place, Remembered } from './installation.js';

interface Row {
  readonly installation: string;
  readonly database: string;
  readonly store: string;
  readonly namespace: string | null;
  readonly is_settled: boolean;
  readonly has_past: boolean;
  readonly now: string;
}

/** The row by which a database remembers its log. */
export class InstallationRecord {
  constructor(private readonly client: pg.ClientBase) {}

  /** What it says; the first start makes it say something, so that all nodes on it say the same to the log. */
  async read(installation: string, database: string, { store, namespace }: Place): Promise<[Remembered, Instant]> {
    await this.client.query(
      `insert into forgerun_engine.installation (installation, database, store, namespace) values ($1, $2, $3, $4)
       on conflict (singleton) do nothing`,
      [installation, database, store, namespace],
    );
    const { rows } = await this.client.query<Row>(
      `select installation, database, store, namespace, is_settled,
         exists (select from forgerun_engine.checkpoints where position is not null) as has_past,
         floor(extract(epoch from clock_timestamp()) * 1000)::text as now
       from forgerun_engine.installation`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the database does not remember its installation');
    const { is_settled: isSettled, has_past: hasPast, now, ...rest } = row;
    return [{ ...rest, isSettled, hasPast }, Number(now)];
  }

  /** Remembers what it has in common with its log, and where that is now. */
  async settle(installation: string, { store, namespace }: Place): Promise<void> {
    await this.client.query(
      `update forgerun_engine.installation set installation = $1, store = $2, namespace = $3, is_settled = true`,
      [installation, store, namespace],
    );
  }
}
