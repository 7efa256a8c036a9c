import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../platform/clock/clock.js';
import { version } from '../version.js';
import { EngineFacts } from './engine-facts.js';
import { EngineTables } from './engine-tables.js';
import { FollowerReports } from './follower-reports.js';

export interface EngineStatus {
  readonly version: string;
  readonly store: string;
  readonly roles: readonly string[];
  readonly uptime_seconds: number;
  readonly clock_skew_ms: number;
  readonly nodes: readonly { readonly pid: number; readonly address: string | null; readonly since: string }[];
  readonly followers: readonly object[];
  readonly timers: { readonly waiting: number; readonly overdue: number };
  readonly parked_streams: number;
}

export class GetStatus extends Query<EngineStatus> {}

@QueryHandler(GetStatus)
export class GetStatusHandler implements IQueryHandler<GetStatus> {
  constructor(
    private readonly tables: EngineTables,
    private readonly reports: FollowerReports,
    private readonly facts: EngineFacts,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<EngineStatus> {
    const now = this.clock.now();
    const [all, timers, nodes] = await Promise.all([
      this.reports.all(now),
      this.tables.timers(now),
      this.tables.nodes(),
    ]);
    const { roles, store } = this.facts;
    return {
      version,
      store,
      roles,
      uptime_seconds: Math.floor(process.uptime()),
      clock_skew_ms: Math.round(this.facts.clockSkewMs()),
      nodes: nodes.map(({ pid, address, since }) => ({ pid, address, since: since.toISOString() })),
      followers: all.map(({ follower, report: { parked_streams, ...report } }) => ({
        ...report,
        kind: follower.kind,
        parked_streams: parked_streams.length,
      })),
      timers,
      parked_streams: all.reduce((sum, { report }) => sum + report.parked_streams.length, 0),
    };
  }
}
