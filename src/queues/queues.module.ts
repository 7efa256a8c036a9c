import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { Streams } from '../engine/commands/streams.js';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { ReadGate } from '../engine/projector/read-gate.js';
import { RecentWrites } from '../platform/http/recent-writes.js';
import { QueueGate, QueuesController } from './api/queues.controller.js';
import { queueHandlers } from './commands/queue.handlers.js';
import { QueueDesk } from './commands/queue-desk.js';
import { GetQueueHandler } from './queries/get-queue.query.js';
import { ListQueuesHandler } from './queries/list-queues.query.js';
import { QueueTable } from './queries/queue-table.js';

/** What may flow, and what is paused. Global modules provide the buses, Streams, Clock, Ids, ReadGate and Cursors. */
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
        {
          provide: QueueDesk,
          inject: [Streams, ProjectionProgress],
          useFactory: (streams: Streams, progress: ProjectionProgress) => new QueueDesk(streams, progress),
        },
        {
          provide: QueueGate,
          inject: [ReadGate, RecentWrites],
          useFactory: (gate: ReadGate, recent: RecentWrites) => new QueueGate(gate, recent),
        },
      ],
    };
  }
}
