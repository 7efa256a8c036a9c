import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock/clock.js';
import { type QueueAnswer, queueAnswer } from './queue.response.js';
import { QueueTable } from '../../dispatch/queue-table.js';

export class GetQueue extends Query<QueueAnswer> {
  constructor(
    readonly clientId: string,
    readonly queue: string,
  ) {
    super();
  }
}

@QueryHandler(GetQueue)
export class GetQueueHandler implements IQueryHandler<GetQueue> {
  constructor(
    private readonly table: QueueTable,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, queue }: GetQueue): Promise<QueueAnswer> {
    const unknown = { queue, depth: 0, running: 0, paused: false, maxRunning: null, oldestQueuedAt: null };
    return queueAnswer((await this.table.one(clientId, queue)) ?? unknown, this.clock.now());
  }
}
