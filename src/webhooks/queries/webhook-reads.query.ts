import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../../platform/http/cursors.js';
import { type Page } from '../../platform/http/page.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';
import { type DeliveryAnswer } from './delivery.response.js';
import { DeliveryTable } from './delivery-table.js';
import { publishedWebhook, type WebhookAnswer } from './webhook.response.js';
import { WebhookTable } from './webhook-table.js';

export class ListWebhooks extends Query<Page<WebhookAnswer>> {
  constructor(
    readonly clientId: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListWebhooks)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooks> {
  constructor(
    private readonly table: WebhookTable,
    private readonly cursors: Cursors,
  ) {}

  async execute({ clientId, cursor, limit }: ListWebhooks): Promise<Page<WebhookAnswer>> {
    const scope = ['webhooks', clientId];
    const before = cursor === null ? null : this.cursors.read(scope, cursor);
    const found = await this.table.page(clientId, before, limit + 1);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    const next = last === undefined ? null : this.cursors.make(scope, last.createdPosition.toString());
    return { items: page.map(publishedWebhook.write), next_cursor: next };
  }
}

export class GetWebhook extends Query<WebhookAnswer> {
  constructor(
    readonly clientId: string,
    readonly webhookId: string,
  ) {
    super();
  }
}

@QueryHandler(GetWebhook)
export class GetWebhookHandler implements IQueryHandler<GetWebhook> {
  constructor(private readonly table: WebhookTable) {}

  async execute({ clientId, webhookId }: GetWebhook): Promise<WebhookAnswer> {
    const found = await this.table.one(webhookId);
    if (found?.clientId !== clientId) throw new WebhookNotFound(webhookId);
    return publishedWebhook.write(found);
  }
}

export class ListDeliveries extends Query<Page<DeliveryAnswer>> {
  constructor(
    readonly clientId: string,
    readonly listenerId: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListDeliveries)
export class ListDeliveriesHandler implements IQueryHandler<ListDeliveries> {
  constructor(
    private readonly table: DeliveryTable,
    private readonly cursors: Cursors,
  ) {}

  async execute({ listenerId, cursor, limit }: ListDeliveries): Promise<Page<DeliveryAnswer>> {
    const scope = ['deliveries', listenerId];
    const before = cursor === null ? null : this.cursors.read(scope, cursor);
    const { items, next } = await this.table.page(listenerId, before, limit);
    return { items, next_cursor: next === null ? null : this.cursors.make(scope, next) };
  }
}
