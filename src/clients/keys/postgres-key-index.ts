import { type Sql } from './sql.js';

/** Whose a key is, from the read model: it never changes. */
export class PostgresKeyIndex {
  constructor(private readonly sql: Sql) {}

  /** Clients by the keys that exist. */
  async ownersOf(keyIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.sql.query<{ key_id: string; client_id: string }>({
      name: 'clients-find-owners',
      text: 'select key_id, client_id from forgerun_read.api_keys where key_id = any($1::uuid[])',
      values: [keyIds],
    });
    return new Map(rows.map((row) => [row.key_id, row.client_id]));
  }
}
