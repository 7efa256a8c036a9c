import { Body, Controller, Delete, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Command } from '../../kernel/message.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { Needs } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import {
  ChangeWebhook,
  DeleteWebhook,
  IssueCallbackSecret,
  RegisterWebhook,
  RotateSecret,
} from '../domain/webhook.commands.js';
import { WebhookNotFound } from '../domain/webhook.refusals.js';
import { type KeptSecret } from '../domain/webhook.state.js';
import { callbacksOf } from '../ids.js';
import {
  createdWebhook,
  type CreatedWebhookAnswer,
  publishedWebhook,
  type WebhookAnswer,
} from '../queries/webhook.response.js';
import { SecretMaker } from '../secrets/secret-maker.js';
import { webhookIdFrom } from './webhook-id.js';
import { ChangeWebhookRequest, CreateWebhookRequest, NothingRequest } from './webhook.requests.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { deletedWebhookSchema, secretSchema } from './webhook.openapi.js';

/** The answer that shows a secret; no other ever does. */
interface SecretAnswer {
  readonly webhook_id: string | null;
  readonly secret: string;
  /** Until then the secrets before it sign, too; null when there is none. */
  readonly previous_valid_until: string | null;
}

@Controller('v1/webhooks')
@Needs('client')
export class WebhooksController {
  constructor(
    private readonly commands: CommandSender,
    private readonly maker: SecretMaker,
    private readonly ids: Ids,
  ) {}

  @Post()
  @Summary('Register a webhook', 'createWebhook')
  @Answers(201, createdWebhook.schema, { headers: { Location: 'The path of the new webhook.' } })
  async create(
    @Body() body: CreateWebhookRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<CreatedWebhookAnswer>> {
    const { clientId } = callerOf(request);
    const requested = { url: body.url, events: unique(body.events ?? ['*']), description: body.description ?? null };
    const command = new RegisterWebhook(clientId, requested).because(causeOf(request, this.ids));
    const { webhook, secret, position } = await this.commands.send(command);
    reply.header('location', `/v1/webhooks/${webhook.webhookId}`);
    return new Written(createdWebhook.write({ ...webhook, secret }), position);
  }

  @Patch(':webhook_id')
  @Summary('Change a webhook', 'updateWebhook')
  @Answers(200, publishedWebhook.schema)
  async change(
    @Param('webhook_id') id: string,
    @Body() body: ChangeWebhookRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<WebhookAnswer>> {
    const webhookId = webhookIdFrom(id);
    const { clientId } = callerOf(request);
    const command = new ChangeWebhook(webhookId, clientId, changesIn(body));
    const { webhook, position } = await this.#send(command, request);
    if (webhook.state !== 'LIVE') throw new WebhookNotFound(webhookId);
    return new Written(publishedWebhook.write(webhook), position);
  }

  @Delete(':webhook_id')
  @Summary('Delete a webhook', 'deleteWebhook')
  @Answers(200, deletedWebhookSchema)
  async delete(
    @Param('webhook_id') id: string,
    @Req() request: FastifyRequest,
  ): Promise<Written<{ readonly deleted: true }>> {
    const command = new DeleteWebhook(webhookIdFrom(id), callerOf(request).clientId);
    const { position } = await this.#send(command, request);
    return new Written({ deleted: true as const }, position);
  }

  /** Callbacks of jobs have one secret per client, and this is the way to see one. */
  @Post('callbacks/rotate-secret')
  @Summary('Get a new secret for the callbacks of jobs', 'rotateCallbackSecret')
  @Answers(200, secretSchema)
  @HttpCode(200)
  async rotateCallbackSecret(
    @Body() _body: NothingRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<SecretAnswer>> {
    const { clientId } = callerOf(request);
    const owner = callbacksOf(clientId);
    const { secret, sealedSecret } = this.maker.make(owner);
    const command = new IssueCallbackSecret(owner, clientId, sealedSecret, false);
    const { webhook, position } = await this.#send(command, request);
    const secrets = webhook.state === 'CALLBACKS' ? webhook.secrets : [];
    return new Written({ webhook_id: null, secret, previous_valid_until: untilOf(secrets) }, position);
  }

  @Post(':webhook_id/rotate-secret')
  @Summary('Get a new secret', 'rotateWebhookSecret')
  @Answers(200, secretSchema)
  @HttpCode(200)
  async rotateSecret(
    @Param('webhook_id') id: string,
    @Body() _body: NothingRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<SecretAnswer>> {
    const webhookId = webhookIdFrom(id);
    const { secret, sealedSecret } = this.maker.make(webhookId);
    const command = new RotateSecret(webhookId, callerOf(request).clientId, sealedSecret);
    const { webhook, position } = await this.#send(command, request);
    const secrets = webhook.state === 'LIVE' ? webhook.secrets : [];
    return new Written({ webhook_id: webhookId, secret, previous_valid_until: untilOf(secrets) }, position);
  }

  #send<Answer>(command: Command<Answer>, request: FastifyRequest): Promise<Answer> {
    return this.commands.send(command.because(causeOf(request, this.ids)));
  }
}

/** What was not said is not there at all, so that it stays as it is. */
const changesIn = ({ url, events, description, enabled }: ChangeWebhookRequest): ChangeWebhook['changes'] => ({
  ...(url === undefined ? {} : { url }),
  ...(events === undefined ? {} : { events: unique(events) }),
  ...(description === undefined ? {} : { description }),
  ...(enabled === undefined ? {} : { enabled }),
});

const unique = (events: readonly string[]): readonly string[] => [...new Set(events)];

function untilOf([, previous]: readonly KeptSecret[]): string | null {
  return previous?.until == null ? null : new Date(previous.until).toISOString();
}
