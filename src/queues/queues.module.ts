import { Module } from '@nestjs/common';
import { QueuesController } from './api/queues.controller.js';
import { queueHandlers } from './commands/queue.handlers.js';
import { GetQueueHandler } from './queries/get-queue.query.js';
import { ListQueuesHandler } from './queries/list-queues.query.js';

/** What may flow, and what is paused. Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids, Cursors and dispatch. */
@Module({
  controllers: [QueuesController],
  providers: [...queueHandlers, GetQueueHandler, ListQueuesHandler],
})
export class QueuesModule {}
