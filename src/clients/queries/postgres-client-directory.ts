import { apiKeys } from '../../../projections/api-keys/api-keys.table.js';
import { clients } from '../../../projections/clients/clients.table.js';
import { columnsOf, rowOf } from '../../platform/postgres/rows.js';
import { type KeyScope, keyScopes } from '../domain/key-scopes.js';
import { type Sql } from '../keys/sql.js';
import { ClientDirectory, type ListedClient, type ListedKey } from './client-directory.js';

const maxKeys = 1_000;

export class PostgresClientDirectory extends ClientDirectory {
  constructor(private readonly sql: Sql) {
    super();
  }

  async client(clientId: string): Promise<ListedClient | null> {
    const { rows } = await this.sql.query<Record<string, unknown>>({
      name: 'clients-get-client',
      text: `select ${columnsOf(clients, 'c')} from forgerun_read.clients c where client_id = $1`,
      values: [clientId],
    });
    const [found] = rows;
    return found === undefined ? null : rowOf(clients, found);
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
    const { rows } = await this.sql.query<Record<string, unknown> & { last_used_at: Date | null }>({
      name: 'clients-list-keys',
      text: `select ${columnsOf(apiKeys, 'k')}, last_used_at
               from forgerun_read.api_keys k left join forgerun_engine.key_usage using (key_id)
              where client_id = $1 order by created_at desc, key_id desc limit $2`,
      values: [clientId, maxKeys],
    });
    return rows.map((found) => {
      const { scopes, ...key } = rowOf(apiKeys, found);
      return { ...key, scopes: knownScopes(scopes), lastUsedAt: found.last_used_at?.getTime() ?? null };
    });
  }
}

/** A scope this version does not know opens nothing. */
const knownScopes = (stored: readonly string[]): readonly KeyScope[] =>
  keyScopes.filter((scope) => stored.includes(scope));
