import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock/clock.js';
import { type Page } from '../../platform/http/page.js';
import { Cursors } from '../../platform/http/cursors.js';
import { type QueueAnswer, queueAnswer } from './queue.response.js';
import { QueueTable } from '../../dispatch/queue-table.js';

export class ListQueues extends Query<Page<QueueAnswer>> {
  constructor(
    readonly clientId: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListQueues)
export class ListQueuesHandler implements IQueryHandler<ListQueues> {
  constructor(
    private readonly table: QueueTable,
    private readonly cursors: Cursors,
    private readonly clock: Clock,
  ) {}

  async execute({ clientId, cursor, limit }: ListQueues): Promise<Page<QueueAnswer>> {
    const scope = ['queues', clientId];
    const found = await this.table.page(clientId, cursor === null ? null : this.cursors.read(scope, cursor), limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1)?.queue;
    const now = this.clock.now();
    return {
      items: page.map((record) => queueAnswer(record, now)),
      next_cursor: found.length > limit && last !== undefined ? this.cursors.make(scope, last) : null,
    };
  }
}
