import { type Instant } from '../../kernel/instant.js';
import { KeyUses } from './key-usage.js';
import { type Sql } from './sql.js';

export class PostgresKeyUses extends KeyUses {
  constructor(private readonly sql: Sql) {
    super();
  }

  async write(uses: ReadonlyMap<string, Instant>): Promise<void> {
    // Sorted, so that two nodes writing the same keys cannot wait for each other in a circle.
    const rows = [...uses].sort(([one], [other]) => (one < other ? -1 : 1));
    await this.sql.query({
      name: 'clients-write-key-uses',
      text: `insert into forgerun_engine.key_usage as known (key_id, last_used_at)
             select key_id, to_timestamp(used_at / 1000.0)
               from unnest($1::uuid[], $2::float8[]) as used (key_id, used_at)
             on conflict (key_id) do update set last_used_at = greatest(known.last_used_at, excluded.last_used_at)`,
      values: [rows.map(([keyId]) => keyId), rows.map(([, usedAt]) => usedAt)],
    });
  }
}
