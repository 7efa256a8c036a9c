import type { Position } from '../../kernel/recorded.js';
import { FeedNodes } from './feed-nodes.js';
import type { Sql } from './sql.js';

/** Far longer than a node opens anything after its last word; a row that goes too early is made again within a second. */
const keptForMs = 60_000;

/** A row for each node. */
export class PostgresFeedNodes extends FeedNodes {
  constructor(
    private readonly sql: Sql,
    private readonly nodeId: string,
  ) {
    super();
  }

  async note(position: Position | null): Promise<void> {
    await this.sql.query({
      name: 'clients-note-feed',
      text: `WITH old AS (
               DELETE FROM forgerun_engine.client_feeds
                WHERE node_id <> $1 AND abs(extract(epoch FROM clock_timestamp() - seen_at)) * 1000 > $3
             )
             INSERT INTO forgerun_engine.client_feeds (node_id, position, seen_at)
             VALUES ($1, $2::numeric, clock_timestamp())
             ON CONFLICT (node_id) DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at`,
      values: [this.nodeId, position === null ? null : String(position), keptForMs],
    });
  }

  async areOthersAt(position: Position): Promise<boolean> {
    const { rows } = await this.sql.query<{ are: boolean }>({
      name: 'clients-feeds-behind',
      text: `SELECT NOT EXISTS (
               SELECT FROM forgerun_engine.client_feeds
                WHERE node_id <> $1 AND (position IS NULL OR position < $2::numeric)) AS are`,
      values: [this.nodeId, String(position)],
    });
    return rows[0]?.are === true;
  }

  async leave(): Promise<void> {
    await this.sql.query('DELETE FROM forgerun_engine.client_feeds WHERE node_id = $1', [this.nodeId]);
  }
}
