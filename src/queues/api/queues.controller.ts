import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { ReadGate } from '../../engine/projector/read-gate.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { positionFrom } from '../../platform/http/position-token.js';
import { RecentWrites } from '../../platform/http/recent-writes.js';
import { Needs, TakesPath } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { LimitQueue, PauseQueue, type QueueCommand, ResumeQueue } from '../domain/queue.commands.js';
import { GetQueue } from '../queries/get-queue.query.js';
import { ListQueues, type QueuePage } from '../queries/list-queues.query.js';
import { type QueueAnswer } from '../queries/queue-answer.js';
import { queueIdOf } from '../ids.js';
import { LimitQueueRequest } from './limit-queue.request.js';
import { ListQueuesRequest } from './list-queues.request.js';
import { queueNameFrom, QueuePath } from './queue-name.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { queuePageSchema, queueSchema } from './queue.answers.js';

/** What reads of queues wait for. */
export class QueueGate {
  constructor(
    private readonly gate: ReadGate,
    private readonly recent: RecentWrites,
  ) {}

  async pass(request: FastifyRequest): Promise<void> {
    const asked = request.headers['forgerun-min-position'];
    const least = typeof asked === 'string' ? positionFrom(asked) : null;
    const own = this.recent.of(callerOf(request).clientId);
    await Promise.all(['dispatch', 'queue-pauses', 'jobs'].map((model) => this.gate.pass(model, own, least)));
  }
}

@Controller('v1/queues')
@TakesPath(QueuePath)
export class QueuesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly queries: QueryBus,
    private readonly gate: QueueGate,
    private readonly ids: Ids,
  ) {}

  @Get()
  @Summary('List queues', 'listQueues')
  @Answers(200, queuePageSchema)
  @Needs('client', 'read')
  async list(@Query() { cursor, limit }: ListQueuesRequest, @Req() request: FastifyRequest): Promise<QueuePage> {
    await this.gate.pass(request);
    return await this.queries.execute(new ListQueues(callerOf(request).clientId, cursor ?? null, limit ?? 1000));
  }

  @Get(':queue')
  @Summary('Show a queue', 'getQueue')
  @Answers(200, queueSchema, { description: 'Also where no job has named it yet: then it is empty and flows.' })
  @Needs('client', 'read')
  async get(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<QueueAnswer> {
    const queue = queueNameFrom(text);
    await this.gate.pass(request);
    return await this.queries.execute(new GetQueue(callerOf(request).clientId, queue));
  }

  @Post(':queue/pause')
  @Summary('Pause a queue', 'pauseQueue')
  @Answers(200, queueSchema, { description: 'What is leased already goes on.' })
  @HttpCode(200)
  @Needs('client')
  async pause(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<Written<QueueAnswer>> {
    const { clientId } = callerOf(request);
    const queue = queueNameFrom(text);
    return await this.#send(request, new PauseQueue(queueIdOf(clientId, queue), clientId, queue), { paused: true });
  }

  @Post(':queue/resume')
  @Summary('Resume a queue', 'resumeQueue')
  @Answers(200, queueSchema)
  @HttpCode(200)
  @Needs('client')
  async resume(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<Written<QueueAnswer>> {
    const { clientId } = callerOf(request);
    const queue = queueNameFrom(text);
    return await this.#send(request, new ResumeQueue(queueIdOf(clientId, queue), clientId, queue), { paused: false });
  }

  @Post(':queue/limit')
  @Summary('Limit how many jobs of a queue run at once', 'limitQueue')
  @Answers(200, queueSchema)
  @HttpCode(200)
  @Needs('client')
  async limit(
    @Param('queue') text: string,
    @Body() { max_running }: LimitQueueRequest,
    @Req() request: FastifyRequest,
  ): Promise<Written<QueueAnswer>> {
    const { clientId } = callerOf(request);
    const queue = queueNameFrom(text);
    return await this.#send(request, new LimitQueue(queueIdOf(clientId, queue), clientId, queue, max_running), {
      max_running,
    });
  }

  async #send(
    request: FastifyRequest,
    command: QueueCommand,
    written: Partial<QueueAnswer>,
  ): Promise<Written<QueueAnswer>> {
    const { clientId, queue } = command;
    const { position } = await this.commands.send(command.because(causeOf(request, this.ids)));
    const answer = await this.queries.execute(new GetQueue(clientId, queue));
    // The log is the truth, should the read model be late.
    return new Written({ ...answer, ...written }, position);
  }
}
