import { type ClientBase } from 'pg';

interface Settings {
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly full_page_writes: string;
  readonly standby: boolean;
  readonly read_only: string;
  readonly version: number;
  readonly encoding: string;
}

/** Throws, naming every fault at once, when this database could lose or garble what ForgeRun promises to keep. */
export async function refuseUnsafeSettings(pool: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await pool.query<Settings>(
    `select current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as synchronous_commit,
            current_setting('full_page_writes') as full_page_writes,
            pg_is_in_recovery() as standby,
            current_setting('default_transaction_read_only') as read_only,
            current_setting('server_version_num')::int as version,
            current_setting('server_encoding') as encoding`,
  );
  const settings = rows[0];
  if (settings === undefined) throw new Error('Postgres did not tell its settings');
  const faults = faultsIn(settings);
  if (faults.length > 0) throw new UnsafePostgres(faults);
}

export class UnsafePostgres extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`This Postgres is not safe to run on:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'UnsafePostgres';
  }
}

function faultsIn({
  fsync,
  synchronous_commit,
  full_page_writes,
  standby,
  read_only,
  version,
  encoding,
}: Settings): string[] {
  return [
    ...(fsync === 'on' ? [] : [`fsync is ${fsync}: a power cut loses everything; set it to on`]),
    ...(synchronous_commit === 'off'
      ? ['synchronous_commit is off: a power cut loses acknowledged jobs; set it to on']
      : []),
    ...(full_page_writes === 'on'
      ? []
      : [`full_page_writes is ${full_page_writes}: a power cut can tear pages; set it to on`]),
    ...(standby ? ['this server is a standby: connect to the primary'] : []),
    ...(read_only === 'off' || standby
      ? []
      : ['default_transaction_read_only is on: nothing can be written; set it to off']),
    ...(version >= 150_000 ? [] : [`server_version_num is ${version}: ForgeRun needs Postgres 15 or newer`]),
    ...(encoding === 'UTF8' ? [] : [`the database's encoding is ${encoding}: create it with encoding UTF8`]),
  ];
}
