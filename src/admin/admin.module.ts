import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { type EventStore } from '../engine/event-store/event-store.port.js';
import { ParkedDecisions } from '../engine/followers/parked-decisions.js';
import { ParkedStreams } from '../engine/followers/parked-streams.js';
import { AdminController } from './api/admin.controller.js';
import { HealthController } from './api/health.controller.js';
import { ParkedStreamsController } from './api/parked-streams.controller.js';
import { parkedStreamHandlers } from './commands/parked-stream.handlers.js';
import { Health } from './health.js';
import { EngineFacts } from './queries/engine-facts.js';
import { EngineTables } from './queries/engine-tables.js';
import { FollowerParkedStreams } from './queries/follower-parked-streams.js';
import { FollowerReports } from './queries/follower-reports.js';
import { GetStatusHandler } from './queries/get-status.query.js';
import { ListParkedDecisionsHandler } from './queries/list-parked-decisions.query.js';
import { ListParkedStreamsHandler } from './queries/list-parked-streams.query.js';
import { ListProjectionsHandler } from './queries/list-projections.query.js';

interface AdminDependencies {
  readonly health: Health;
  readonly facts: EngineFacts;
  readonly pool: pg.Pool;
  readonly store: EventStore;
}

/** Questions asked of the engine itself, and what operators decide. Global modules provide the bus of queries, CommandSender, Clock and Cursors. */
@Module({})
export class AdminModule {
  static on({ health, facts, pool, store }: AdminDependencies): DynamicModule {
    const tables = new EngineTables(pool);
    const parkedStreams = new FollowerParkedStreams(new ParkedStreams(pool), new ParkedDecisions(pool), facts);
    return {
      module: AdminModule,
      controllers: [HealthController, AdminController, ParkedStreamsController],
      providers: [
        GetStatusHandler,
        ListProjectionsHandler,
        ListParkedStreamsHandler,
        ListParkedDecisionsHandler,
        ...parkedStreamHandlers,
        { provide: Health, useValue: health },
        { provide: EngineFacts, useValue: facts },
        { provide: EngineTables, useValue: tables },
        { provide: FollowerParkedStreams, useValue: parkedStreams },
        { provide: FollowerReports, useValue: new FollowerReports(tables, store, facts) },
      ],
    };
  }
}
