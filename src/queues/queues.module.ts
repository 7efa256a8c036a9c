import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { QueuesController } from './api/queues.controller.js';
import { queueHandlers } from './commands/queue.handlers.js';
import { GetQueueHandler } from './queries/get-queue.query.js';
import { ListQueuesHandler } from './queries/list-queues.query.js';
import { QueueTable } from './queries/queue-table.js';

/** What may flow, and what is paused. Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids and Cursors. */
@Module({})
export class QueuesModule {
  static on(pool: pg.Pool): DynamicModule {
    return {
      module: QueuesModule,
      controllers: [QueuesController],
      providers: [
        ...queueHandlers,
        GetQueueHandler,
        ListQueuesHandler,
        { provide: QueueTable, useValue: new QueueTable(pool) },
      ],
    };
  }
}
