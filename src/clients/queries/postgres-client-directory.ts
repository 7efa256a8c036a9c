import { type KeyScope, keyScopes } from '../domain/key-scopes.js';
import { type Sql } from '../keys/sql.js';
import { ClientDirectory, type ListedClient, type ListedKey } from './client-directory.js';

type ClientRow = Readonly<{ client_id: string; name: string | null; created_at: Date }>;

type KeyRow = Readonly<{
  key_id: string;
  name: string;
  scopes: string;
  created_at: Date;
  expires_at: Date | null;
  retires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}>;

const maxKeys = 1_000;

export class PostgresClientDirectory extends ClientDirectory {
  constructor(private readonly sql: Sql) {
    super();
  }

  async client(clientId: string): Promise<ListedClient | null> {
    const { rows } = await this.sql.query<ClientRow>({
      name: 'clients-get-client',
      text: 'select client_id, name, created_at from forgerun_read.clients where client_id = $1',
      values: [clientId],
    });
    const [row] = rows;
    return row === undefined ? null : { clientId: row.client_id, name: row.name, createdAt: row.created_at.getTime() };
  }

  /** Ids of clients after one, in their order. */
  async idsAfter(after: string | null, most: number): Promise<readonly string[]> {
    const { rows } = await this.sql.query<{ client_id: string }>({
      name: 'clients-ids-after',
      text: `select client_id from forgerun_read.clients where $1::uuid is null or client_id > $1::uuid
              order by client_id limit $2`,
      values: [after, most],
    });
    return rows.map((row) => row.client_id);
  }

  async keys(clientId: string): Promise<readonly ListedKey[]> {
    const { rows } = await this.sql.query<KeyRow>({
      name: 'clients-list-keys',
      text: `select key_id, name, scopes, created_at, expires_at, retires_at, revoked_at, last_used_at
               from forgerun_read.api_keys left join forgerun_engine.key_usage using (key_id)
              where client_id = $1 order by created_at desc, key_id desc limit $2`,
      values: [clientId, maxKeys],
    });
    return rows.map((row) => ({
      keyId: row.key_id,
      name: row.name,
      scopes: scopesOf(row.scopes),
      createdAt: row.created_at.getTime(),
      expiresAt: row.expires_at?.getTime() ?? null,
      retiresAt: row.retires_at?.getTime() ?? null,
      revokedAt: row.revoked_at?.getTime() ?? null,
      lastUsedAt: row.last_used_at?.getTime() ?? null,
    }));
  }
}

/** A scope this version does not know opens nothing. */
function scopesOf(json: string): readonly KeyScope[] {
  const stored: unknown = JSON.parse(json);
  return Array.isArray(stored) ? keyScopes.filter((scope) => stored.includes(scope)) : [];
}
