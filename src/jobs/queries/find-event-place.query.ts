import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Instant } from '../../kernel/instant.js';
import { type Position } from '../../kernel/recorded.js';
import { ClientEventsTable } from './client-events-table.js';

/** The position after which a client's events are not older than an instant. */
export class FindEventPlace extends Query<Position> {
  constructor(
    readonly clientId: string,
    readonly at: Instant,
  ) {
    super();
  }
}

@QueryHandler(FindEventPlace)
export class FindEventPlaceHandler implements IQueryHandler<FindEventPlace> {
  constructor(private readonly table: ClientEventsTable) {}

  execute({ clientId, at }: FindEventPlace): Promise<Position> {
    return this.table.before(clientId, at);
  }
}
