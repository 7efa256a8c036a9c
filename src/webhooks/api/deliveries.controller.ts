import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { Needs } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { RedeliverEvent, ReplayEvents, TestWebhook } from '../domain/webhook.commands.js';
import { webhookIdFrom } from './webhook-id.js';
import { NothingRequest, ReplayRequest } from './webhook.requests.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { openedDeliverySchema, replaySchema } from './webhook.openapi.js';

interface OpenedDelivery {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly state: string;
}

interface ReplayAnswer {
  readonly replay_id: string;
  readonly webhook_id: string;
}

@Controller('v1/webhooks')
@Needs('client')
export class DeliveriesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly ids: Ids,
  ) {}

  @Post(':webhook_id/test')
  @Summary('Send a test event', 'testWebhook')
  @Answers(202, openedDeliverySchema)
  @HttpCode(202)
  async test(
    @Param('webhook_id') id: string,
    @Body() _body: NothingRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<OpenedDelivery>> {
    const webhookId = webhookIdFrom(id);
    const command = new TestWebhook(webhookId, callerOf(request).clientId, this.ids.next());
    return await this.#open(webhookId, command, request);
  }

  @Post(':webhook_id/replay')
  @Summary('Send past events again', 'replayEvents')
  @Answers(202, replaySchema)
  @HttpCode(202)
  async replay(
    @Param('webhook_id') id: string,
    @Body() { from, to, types }: ReplayRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<ReplayAnswer>> {
    const webhookId = webhookIdFrom(id);
    const fromAt = Date.parse(from);
    const toAt = to === undefined ? null : Date.parse(to);
    const replayId = this.ids.next();
    const { clientId } = callerOf(request);
    const command = new ReplayEvents(webhookId, clientId, replayId, fromAt, toAt, types ?? null);
    const { position } = await this.commands.send(command.because(causeOf(request, this.ids)));
    return new Written({ replay_id: replayId, webhook_id: webhookId }, position);
  }

  @Post(':webhook_id/deliveries/:delivery_id/redeliver')
  @Summary('Send one event again', 'redeliverEvent')
  @Answers(202, openedDeliverySchema)
  @HttpCode(202)
  async redeliver(
    @Param('webhook_id') id: string,
    @Param('delivery_id') deliveryId: string,
    @Body() _body: NothingRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<OpenedDelivery>> {
    const webhookId = webhookIdFrom(id);
    const command = new RedeliverEvent(webhookId, callerOf(request).clientId, deliveryId);
    return await this.#open(webhookId, command, request);
  }

  async #open(
    webhookId: string,
    command: TestWebhook | RedeliverEvent,
    request: FastifyRequest,
  ): Promise<Written<OpenedDelivery>> {
    const { deliveryId, delivery, position } = await this.commands.send(command.because(causeOf(request, this.ids)));
    return new Written({ delivery_id: deliveryId, webhook_id: webhookId, state: delivery.state }, position);
  }
}
