import type pg from 'pg';

/** A webhook as the read model holds it. */
export interface ListedWebhook {
  readonly webhookId: string;
  readonly clientId: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly enabled: boolean;
  readonly disabledReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly place: string;
}

interface Row {
  webhook_id: string;
  client_id: string;
  url: string;
  events: string;
  description: string | null;
  enabled: boolean;
  disabled_reason: string | null;
  created_at: Date;
  updated_at: Date;
  place: string;
}

const columns =
  'webhook_id, client_id, url, events, description, enabled, disabled_reason, created_at, updated_at, created_position::text AS place';

/** Reads the webhooks read model. */
export class WebhookTable {
  constructor(private readonly pool: pg.Pool) {}

  async one(webhookId: string): Promise<ListedWebhook | null> {
    const { rows } = await this.pool.query<Row>({
      name: 'one-webhook',
      text: `select ${columns} from forgerun_read.webhooks where webhook_id = $1`,
      values: [webhookId],
    });
    return rows.map(listed)[0] ?? null;
  }

  async all(clientId: string, on?: pg.ClientBase): Promise<readonly ListedWebhook[]> {
    return await this.page(clientId, null, 10_000, on);
  }

  async count(clientId: string, on: pg.ClientBase): Promise<number> {
    const { rows } = await on.query<{ count: number }>({
      name: 'count-of-webhooks',
      text: 'select count(*)::int as count from forgerun_read.webhooks where client_id = $1',
      values: [clientId],
    });
    return rows[0]?.count ?? 0;
  }

  /** Ids of all webhooks, whosever they are, after one and in their order. */
  async idsAfter(after: string | null, most: number): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ webhook_id: string }>({
      name: 'ids-of-webhooks',
      text: `select webhook_id from forgerun_read.webhooks where $1::uuid is null or webhook_id > $1::uuid
              order by webhook_id limit $2`,
      values: [after, most],
    });
    return rows.map((row) => row.webhook_id);
  }

  /** Newest first, before a place. */
  async page(
    clientId: string,
    before: string | null,
    limit: number,
    on: pg.ClientBase | pg.Pool = this.pool,
  ): Promise<readonly ListedWebhook[]> {
    const { rows } = await on.query<Row>({
      name: 'webhooks-of-client',
      text: `select ${columns} from forgerun_read.webhooks
              where client_id = $1 and ($2::numeric is null or created_position < $2::numeric)
              order by created_position desc limit $3`,
      values: [clientId, before, limit],
    });
    return rows.map(listed);
  }
}

const listed = (row: Row): ListedWebhook => ({
  webhookId: row.webhook_id,
  clientId: row.client_id,
  url: row.url,
  events: JSON.parse(row.events) as string[],
  description: row.description,
  enabled: row.enabled,
  disabledReason: row.disabled_reason,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  place: row.place,
});
