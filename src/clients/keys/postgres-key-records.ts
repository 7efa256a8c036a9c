import { environmentKeyName } from '../domain/client.decider.js';
import { keyScopes, type KeyScope } from '../domain/key-scopes.js';
import { type KeyRecord, KeyRecords } from './key-records.js';
import type { Sql } from './sql.js';

type Row = Readonly<{
  key_id: string;
  client_id: string;
  scopes: string;
  hash: string;
  expires_at: Date | null;
  dies_at: Date | null;
  revoked_at: Date | null;
}>;

const columns = 'key_id, client_id, scopes, hash, expires_at, dies_at, revoked_at';

/** Keys and clients from the read models. */
export class PostgresKeyRecords extends KeyRecords {
  constructor(
    private readonly sql: Sql,
    private readonly operatorId: string,
  ) {
    super();
  }

  async find(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRecord>> {
    const { rows } = await this.sql.query<Row>({
      name: 'clients-find-keys',
      text: `SELECT ${columns} FROM forgerun_read.api_keys WHERE key_id = ANY($1::uuid[])`,
      values: [keyIds],
    });
    return new Map(rows.map((row) => [row.key_id, recordOf(row)]));
  }

  async fromEnvironment(): Promise<readonly KeyRecord[]> {
    const { rows } = await this.sql.query<Row>({
      name: 'clients-keys-from-environment',
      text: `SELECT ${columns} FROM forgerun_read.api_keys WHERE client_id = $1 AND name = $2
             ORDER BY created_at DESC LIMIT 100`,
      values: [this.operatorId, environmentKeyName],
    });
    return rows.map(recordOf);
  }

  async clients(clientIds: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.sql.query<{ client_id: string }>({
      name: 'clients-find-clients',
      text: 'SELECT client_id FROM forgerun_read.clients WHERE client_id = ANY($1::uuid[])',
      values: [clientIds],
    });
    return new Set(rows.map((row) => row.client_id));
  }
}

const recordOf = (row: Row): KeyRecord => ({
  keyId: row.key_id,
  clientId: row.client_id,
  scopes: scopesOf(row.scopes),
  hash: row.hash,
  expiresAt: row.expires_at?.getTime() ?? null,
  diesAt: row.dies_at?.getTime() ?? null,
  revokedAt: row.revoked_at?.getTime() ?? null,
});

/** A scope this version does not know opens nothing. */
export function scopesOf(json: string): readonly KeyScope[] {
  const stored: unknown = JSON.parse(json);
  return Array.isArray(stored) ? keyScopes.filter((scope) => stored.includes(scope)) : [];
}
