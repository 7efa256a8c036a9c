import type pg from 'pg';
import { LessThan, type Repository } from 'typeorm';
import { type WebhookRow, webhooks } from '../../../projections/webhooks/webhooks.table.js';
import { rowsOf } from '../../platform/postgres/entities.js';
import { type ReadSource } from '../../platform/postgres/read-source.js';
import { columnsOf, rowOf } from '../../platform/postgres/rows.js';

/** More than a client may have. */
const maxOfClient = 10_000;

/** Reads the webhooks read model. */
export class WebhookTable {
  readonly #webhooks: Repository<WebhookRow>;

  constructor(
    source: ReadSource,
    private readonly pool: pg.Pool,
  ) {
    this.#webhooks = rowsOf(source, webhooks);
  }

  async one(webhookId: string): Promise<WebhookRow | null> {
    return await this.#webhooks.findOneBy({ webhookId });
  }

  /** Newest first, before a place. */
  async page(clientId: string, before: string | null, limit: number): Promise<readonly WebhookRow[]> {
    return await this.#webhooks.find({
      where: { clientId, ...(before === null ? {} : { createdPosition: LessThan(BigInt(before)) }) },
      order: { createdPosition: 'DESC' },
      take: limit,
    });
  }

  /** On the connection of a transaction, where one is handed in. */
  async all(clientId: string, on: pg.ClientBase | pg.Pool = this.pool): Promise<readonly WebhookRow[]> {
    const { rows } = await on.query<Record<string, unknown>>({
      name: 'webhooks-of-client',
      text: `select ${columnsOf(webhooks, 'w')} from forgerun_read.webhooks w where client_id = $1 limit ${maxOfClient}`,
      values: [clientId],
    });
    return rows.map((found) => rowOf(webhooks, found));
  }

  async count(clientId: string, on: pg.ClientBase): Promise<number> {
    const { rows } = await on.query<{ count: number }>({
      name: 'count-of-webhooks',
      text: 'select count(*)::int as count from forgerun_read.webhooks where client_id = $1',
      values: [clientId],
    });
    return rows[0]?.count ?? 0;
  }

  /** Ids of all webhooks, of whichever client, after one and in their order. */
  async idsAfter(after: string | null, most: number): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ webhook_id: string }>({
      name: 'ids-of-webhooks',
      text: `select webhook_id from forgerun_read.webhooks where $1::uuid is null or webhook_id > $1::uuid
              order by webhook_id limit $2`,
      values: [after, most],
    });
    return rows.map((row) => row.webhook_id);
  }
}
