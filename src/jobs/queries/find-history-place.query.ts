import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { HistoryTable } from './history-table.js';

/** The position after which a client's events are not older than an instant. */
export class FindHistoryPlace extends Query<Position> {
  constructor(
    readonly clientId: string,
    readonly at: Instant,
  ) {
    super();
  }
}

@QueryHandler(FindHistoryPlace)
export class FindHistoryPlaceHandler implements IQueryHandler<FindHistoryPlace> {
  constructor(private readonly table: HistoryTable) {}

  execute({ clientId, at }: FindHistoryPlace): Promise<Position> {
    return this.table.before(clientId, at);
  }
}
