import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { Clock } from '../../platform/clock/clock.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { Needs } from '../../platform/http/route.rules.js';
import { isUuidText } from '../../platform/http/validation/formats.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { type DeliveryOutcome } from '../commands/repeat-delivery.handler.js';
import { type WebhookOutcome } from '../commands/webhook-desk.js';
import { PlanDelivery, RepeatDelivery } from '../domain/delivery.commands.js';
import { type DeliverySubject } from '../domain/delivery.events.js';
import { testEventName } from '../domain/event-names.js';
import { ReplayEvents } from '../domain/webhook.commands.js';
import { DeliveryNotFound, WebhookInvalid } from '../domain/webhook.refusals.js';
import { deliveryIdOf } from '../ids.js';
import { OpenDeliveries } from './open-deliveries.js';
import { faultsOfFilters, webhookIdFrom } from './webhook-checks.js';
import { NothingRequest, ReplayRequest } from './webhook.requests.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { openedDeliverySchema, replaySchema } from './webhook.answers.js';

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
    private readonly commands: CommandBus,
    private readonly open: OpenDeliveries,
    private readonly ids: Ids,
    private readonly clock: Clock,
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
    const { clientId } = callerOf(request);
    const { webhookId } = await this.open.webhook(webhookIdFrom(id), clientId);
    const eventId = this.ids.next();
    const subject: DeliverySubject = {
      deliveryId: deliveryIdOf(webhookId, eventId),
      listenerId: webhookId,
      clientId,
      callbackUrl: null,
      kind: 'test',
      eventId,
      eventName: testEventName,
      jobId: null,
      scheduleId: null,
      revision: null,
      position: null,
    };
    const command = new PlanDelivery(subject).because(causeOf(request, this.ids));
    const { delivery, position } = await this.commands.execute<PlanDelivery, DeliveryOutcome>(command);
    const { deliveryId } = subject;
    return new Written({ delivery_id: deliveryId, webhook_id: webhookId, state: delivery.state }, position);
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
    const faults = [...faultsOfFilters('/types', types ?? [])];
    const fromAt = Date.parse(from);
    const toAt = to === undefined ? null : Date.parse(to);
    if (toAt !== null && toAt < fromAt) faults.push({ pointer: '/to', detail: 'must not be before from' });
    if (faults.length > 0) throw new WebhookInvalid(faults);
    const replayId = this.ids.next();
    const { clientId } = callerOf(request);
    const command = new ReplayEvents(webhookId, clientId, replayId, fromAt, toAt, types ?? null);
    const { position } = await this.commands.execute<ReplayEvents, WebhookOutcome>(
      command.because(causeOf(request, this.ids)),
    );
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
    const { clientId } = callerOf(request);
    const { webhookId } = await this.open.webhook(webhookIdFrom(id), clientId);
    if (!isUuidText(deliveryId)) throw new DeliveryNotFound(deliveryId.slice(0, 100));
    const subject = await this.open.delivery(deliveryId.toLowerCase(), webhookId);
    const command = new RepeatDelivery(subject, false, this.clock.now()).because(causeOf(request, this.ids));
    const { delivery, position } = await this.commands.execute<RepeatDelivery, DeliveryOutcome>(command);
    return new Written({ delivery_id: subject.deliveryId, webhook_id: webhookId, state: delivery.state }, position);
  }
}
