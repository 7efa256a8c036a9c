import { type Position } from '../../kernel/recorded.js';
import { FeedNodes } from './feed-nodes.js';
import { type Sql } from './sql.js';

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
      text: `with old as (
               delete from forgerun_engine.client_feeds
                where node_id <> $1 and abs(extract(epoch from clock_timestamp() - seen_at)) * 1000 > $3
             )
             insert into forgerun_engine.client_feeds (node_id, position, seen_at)
             values ($1, $2::numeric, clock_timestamp())
             on conflict (node_id) do update set position = excluded.position, seen_at = excluded.seen_at`,
      values: [this.nodeId, position === null ? null : String(position), keptForMs],
    });
  }

  async areOthersAt(position: Position): Promise<boolean> {
    const { rows } = await this.sql.query<{ are: boolean }>({
      name: 'clients-feeds-behind',
      text: `select not exists (
               select from forgerun_engine.client_feeds
                where node_id <> $1 and (position is null or position < $2::numeric)) as are`,
      values: [this.nodeId, String(position)],
    });
    return rows[0]?.are === true;
  }

  async leave(): Promise<void> {
    await this.sql.query('delete from forgerun_engine.client_feeds where node_id = $1', [this.nodeId]);
  }
}
