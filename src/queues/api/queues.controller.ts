import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type FastifyRequest } from 'fastify';
import { CommandSender } from '../../kernel/command-sender.js';
import { callerOf } from '../../platform/http/caller.js';
import { causeOf } from '../../platform/http/cause-of-request.js';
import { type Page } from '../../platform/http/page.js';
import { Needs, ReadsFrom, TakesPath } from '../../platform/http/route.rules.js';
import { Written } from '../../platform/http/written.js';
import { Ids } from '../../platform/ids/ids.js';
import { LimitQueue, PauseQueue, type QueueCommand, ResumeQueue } from '../domain/queue.commands.js';
import { GetQueue } from '../queries/get-queue.query.js';
import { ListQueues } from '../queries/list-queues.query.js';
import { publishedQueue, type QueueAnswer } from '../queries/queue.response.js';
import { queueIdOf } from '../ids.js';
import { LimitQueueRequest } from './limit-queue.request.js';
import { ListQueuesRequest } from './list-queues.request.js';
import { queueNameFrom, QueuePath } from './queue-name.js';
import { Answers, Summary } from '../../platform/http/answer.rules.js';
import { queuePageSchema } from './queue.openapi.js';

/** Queues have no read model of their own: how many jobs wait, what is paused or limited, and since when the oldest waits. */
const readModels = ['dispatch', 'queue-pauses', 'jobs'] as const;

@Controller('v1/queues')
@TakesPath(QueuePath)
export class QueuesController {
  constructor(
    private readonly commands: CommandSender,
    private readonly queries: QueryBus,
    private readonly ids: Ids,
  ) {}

  @Get()
  @Summary('List queues', 'listQueues')
  @Answers(200, queuePageSchema)
  @Needs('client', 'read')
  @ReadsFrom(...readModels)
  async list(
    @Query() { cursor, limit }: ListQueuesRequest,
    @Req() request: FastifyRequest,
  ): Promise<Page<QueueAnswer>> {
    return await this.queries.execute(new ListQueues(callerOf(request).clientId, cursor ?? null, limit ?? 1000));
  }

  @Get(':queue')
  @Summary('Show a queue', 'getQueue')
  @Answers(200, publishedQueue.schema, {
    description: 'Also where no job has named it yet: then it is empty and flows.',
  })
  @Needs('client', 'read')
  @ReadsFrom(...readModels)
  async get(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<QueueAnswer> {
    const queue = queueNameFrom(text);
    return await this.queries.execute(new GetQueue(callerOf(request).clientId, queue));
  }

  @Post(':queue/pause')
  @Summary('Pause a queue', 'pauseQueue')
  @Answers(200, publishedQueue.schema, { description: 'What is leased already goes on.' })
  @HttpCode(200)
  @Needs('client')
  async pause(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<Written<QueueAnswer>> {
    const { clientId } = callerOf(request);
    const queue = queueNameFrom(text);
    return await this.#send(request, new PauseQueue(queueIdOf(clientId, queue), clientId, queue), { paused: true });
  }

  @Post(':queue/resume')
  @Summary('Resume a queue', 'resumeQueue')
  @Answers(200, publishedQueue.schema)
  @HttpCode(200)
  @Needs('client')
  async resume(@Param('queue') text: string, @Req() request: FastifyRequest): Promise<Written<QueueAnswer>> {
    const { clientId } = callerOf(request);
    const queue = queueNameFrom(text);
    return await this.#send(request, new ResumeQueue(queueIdOf(clientId, queue), clientId, queue), { paused: false });
  }

  @Post(':queue/limit')
  @Summary('Limit how many jobs of a queue run at once', 'limitQueue')
  @Answers(200, publishedQueue.schema)
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
    // The claims of every node go by it once it is there.
    const until = { until: ['queue-pauses'] };
    const { position } = await this.commands.send(command.because(causeOf(request, this.ids)), until);
    const answer = await this.queries.execute(new GetQueue(clientId, queue));
    // The log is the truth, should the read model be late.
    return new Written({ ...answer, ...written }, position);
  }
}
