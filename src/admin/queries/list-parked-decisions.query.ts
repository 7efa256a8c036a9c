import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../../platform/http/cursors.js';
import { type Page } from '../../platform/http/page.js';
import { FollowerParkedStreams } from './follower-parked-streams.js';
import { type ParkedDecisionAnswer } from './parked-stream.response.js';

export class ListParkedDecisions extends Query<Page<ParkedDecisionAnswer>> {
  constructor(
    readonly follower: string,
    readonly cursor: string | null,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListParkedDecisions)
export class ListParkedDecisionsHandler implements IQueryHandler<ListParkedDecisions> {
  constructor(
    private readonly streams: FollowerParkedStreams,
    private readonly cursors: Cursors,
  ) {}

  async execute({ follower, cursor, limit }: ListParkedDecisions): Promise<Page<ParkedDecisionAnswer>> {
    const scope = ['parked-decisions', follower];
    const before = cursor === null ? null : BigInt(this.cursors.read(scope, cursor));
    const { items, next } = await this.streams.decisionsOf(follower, before, limit);
    return { items, next_cursor: next === null ? null : this.cursors.make(scope, next.toString()) };
  }
}
