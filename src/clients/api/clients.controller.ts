import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { type Command } from '../../kernel/message.js';
import { type Positioned } from '../../kernel/recorded.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFrom } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { type AskingKey, CreateClient, IssueKey, RenewKey, RevokeKey } from '../domain/client.commands.js';
import { ClientNotFound } from '../domain/client.refusals.js';
import { grantableScopes, type KeyScope } from '../domain/key-scopes.js';
import { isId } from '../ids.js';
import { KeyMaker } from '../keys/key-maker.js';
import { GetClient } from '../queries/get-client.query.js';
import { ListKeys } from '../queries/list-keys.query.js';
import {
  type ClientAnswer,
  type IssuedKeyAnswer,
  issuedKeyAnswer,
  type ListedKeyAnswer,
  listedKeyAnswer,
  publishedClient,
  publishedIssuedKey,
} from '../queries/client.response.js';
import { keyPageSchema, revokedSchema } from './client.openapi.js';
import { CreateClientRequest } from './create-client.request.js';
import { IssueKeyRequest } from './issue-key.request.js';
import { RenewKeyRequest } from './renew-key.request.js';
import { RevokeKeyRequest } from './revoke-key.request.js';

const readModels = ['clients', 'api-keys'] as const;

@Controller('v1/clients')
@Needs('client')
export class ClientsController {
  constructor(
    private readonly commands: CommandSender,
    private readonly queries: QueryBus,
    private readonly ids: Ids,
    private readonly maker: KeyMaker,
  ) {}

  @Post()
  @Summary('Make a client', 'createClient')
  @Answers(201, publishedClient.schema)
  @Needs('admin')
  async create(@Body() body: CreateClientRequest, @Req() request: FastifyRequest): Promise<Written<ClientAnswer>> {
    const command = new CreateClient(this.ids.next(), body.name ?? null, askerOf(request));
    const { client, position } = await this.#send(command, request);
    return new Written(publishedClient.write(client), position);
  }

  @Get(':client_id')
  @Summary('Show a client', 'getClient')
  @Answers(200, publishedClient.schema)
  @Needs('client', 'read')
  @ReadsFrom('clients')
  async show(@Param('client_id') clientId: string, @Req() request: FastifyRequest): Promise<ClientAnswer> {
    mustSee(request, clientId);
    return publishedClient.write(await this.queries.execute(new GetClient(clientId)));
  }

  @Post(':client_id/keys')
  @Summary('Make a key, or replace the one of its name', 'issueKey')
  @Answers(201, publishedIssuedKey.schema, { description: 'A new key.' })
  @Answers(200, publishedIssuedKey.schema, { description: 'The name has a key already; this is its description.' })
  async issueKey(
    @Param('client_id') clientId: string,
    @Body() body: IssueKeyRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Written<IssuedKeyAnswer>> {
    mustSee(request, clientId);
    const { apiKey, key: made } = this.maker.make();
    const command = new IssueKey(clientId, made, body.toRequested(), grantableByCaller(request), askerOf(request));
    const { key, isNew, position } = await this.#send(command, request);
    if (!isNew) reply.status(200);
    return new Written(issuedKeyAnswer(isNew ? apiKey : null, key), position);
  }

  @Get(':client_id/keys')
  @Summary('List keys, without their secrets', 'listKeys')
  @Answers(200, keyPageSchema)
  @ReadsFrom(...readModels)
  async listKeys(@Param('client_id') clientId: string, @Req() request: FastifyRequest): Promise<Page<ListedKeyAnswer>> {
    mustSee(request, clientId);
    const keys = await this.queries.execute(new ListKeys(clientId));
    return { items: keys.map(listedKeyAnswer), next_cursor: null };
  }

  @Post(':client_id/keys/renew')
  @Summary('Put a new key in the place of one', 'renewKey')
  @Answers(200, publishedIssuedKey.schema)
  @HttpCode(200)
  async renewKey(
    @Param('client_id') clientId: string,
    @Body() body: RenewKeyRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<IssuedKeyAnswer>> {
    mustSee(request, clientId);
    const { apiKey, key: made } = this.maker.make();
    const keyId = body.key_id?.toLowerCase() ?? callerOf(request).keyId;
    const overlapMs = (body.overlap_seconds ?? 0) * 1_000;
    const command = new RenewKey(clientId, keyId, made, overlapMs, grantableByCaller(request), askerOf(request));
    const { key, position } = await this.#send(command, request);
    return new Written(issuedKeyAnswer(apiKey, key), position);
  }

  @Post(':client_id/keys/revoke')
  @Summary('Revoke a key', 'revokeKey')
  @Answers(200, revokedSchema)
  @HttpCode(200)
  async revokeKey(
    @Param('client_id') clientId: string,
    @Body() body: RevokeKeyRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<{ revoked: true }>> {
    mustSee(request, clientId);
    const command = new RevokeKey(clientId, body.key_id.toLowerCase(), grantableByCaller(request), askerOf(request));
    const { position } = await this.#send(command, request);
    return new Written({ revoked: true as const }, position);
  }

  /** Who sees the answer sees what it says in every list. */
  #send<Answer extends Positioned>(command: Command<Answer>, request: FastifyRequest): Promise<Answer> {
    return this.commands.send(command.because(causeOf(request, this.ids)), { until: readModels });
  }
}

/** Another's client is answered exactly like one that does not exist. */
function mustSee(request: FastifyRequest, clientId: string): void {
  const caller = callerOf(request);
  if (!isId(clientId) || (clientId !== caller.clientId && !caller.isOperator)) throw new ClientNotFound(clientId);
}

function askerOf(request: FastifyRequest): AskingKey {
  const { keyClientId, keyId } = callerOf(request);
  return { clientId: keyClientId, keyId };
}

const grantableByCaller = (request: FastifyRequest): readonly KeyScope[] => grantableScopes(callerOf(request).scopes);
