import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock/clock.js';
import { type FollowerReport } from './follower-report.js';
import { FollowerReports } from './follower-reports.js';

export class ListProjections extends Query<readonly FollowerReport[]> {}

@QueryHandler(ListProjections)
export class ListProjectionsHandler implements IQueryHandler<ListProjections> {
  constructor(
    private readonly reports: FollowerReports,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<readonly FollowerReport[]> {
    const all = await this.reports.all(this.clock.now());
    return all.filter(({ follower }) => follower.kind === 'projection').map(({ report }) => report);
  }
}
