import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { callerOf } from '../../platform/http/caller.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFrom } from '../../platform/http/route.rules.js';
import { callbacksOf } from '../ids.js';
import { type DeliveryAnswer } from '../queries/delivery.response.js';
import { publishedWebhook, type WebhookAnswer } from '../queries/webhook.response.js';
import { GetWebhook, ListDeliveries, ListWebhooks } from '../queries/webhook-reads.query.js';
import { webhookIdFrom } from './webhook-id.js';
import { ListWebhooksRequest } from './webhook.requests.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { deliveryPageSchema, webhookPageSchema } from './webhook.openapi.js';

@Controller('v1/webhooks')
@Needs('client', 'read')
@ReadsFrom('webhooks')
export class WebhookReadsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Summary('List webhooks', 'listWebhooks')
  @Answers(200, webhookPageSchema)
  async list(
    @Query() { cursor, limit }: ListWebhooksRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<WebhookAnswer>> {
    return await this.queries.execute(new ListWebhooks(callerOf(request).clientId, cursor ?? null, limit ?? 50));
  }

  @Get(':webhook_id')
  @Summary('Show a webhook', 'getWebhook')
  @Answers(200, publishedWebhook.schema)
  async get(@Param('webhook_id') id: string, @Req() request: FastifyRequest): Promise<WebhookAnswer> {
    return await this.queries.execute(new GetWebhook(callerOf(request).clientId, webhookIdFrom(id)));
  }

  @Get('callbacks/deliveries')
  @Summary('List what was sent to the callbacks of jobs', 'listCallbackDeliveries')
  @Answers(200, deliveryPageSchema)
  @ReadsFrom('deliveries')
  async callbackDeliveries(
    @Query() { cursor, limit }: ListWebhooksRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<DeliveryAnswer>> {
    const { clientId } = callerOf(request);
    const listenerId = callbacksOf(clientId);
    return await this.queries.execute(new ListDeliveries(clientId, listenerId, cursor ?? null, limit ?? 50));
  }

  @Get(':webhook_id/deliveries')
  @Summary('List what was sent to a webhook', 'listWebhookDeliveries')
  @Answers(200, deliveryPageSchema)
  @ReadsFrom('webhooks', 'deliveries')
  async deliveries(
    @Param('webhook_id') id: string,
    @Query() { cursor, limit }: ListWebhooksRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<DeliveryAnswer>> {
    const { clientId } = callerOf(request);
    const { webhook_id: listenerId } = await this.queries.execute(new GetWebhook(clientId, webhookIdFrom(id)));
    return await this.queries.execute(new ListDeliveries(clientId, listenerId, cursor ?? null, limit ?? 50));
  }
}
