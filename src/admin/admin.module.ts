import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { type EventStore } from '../engine/event-store/event-store.port.js';
import { AdminController } from './api/admin.controller.js';
import { HealthController } from './api/health.controller.js';
import { Health } from './health.js';
import { EngineFacts } from './queries/engine-facts.js';
import { EngineTables } from './queries/engine-tables.js';
import { FollowerReports } from './queries/follower-reports.js';
import { GetStatusHandler } from './queries/get-status.query.js';
import { ListProjectionsHandler } from './queries/list-projections.query.js';

export interface AdminDependencies {
  readonly health: Health;
  readonly facts: EngineFacts;
  readonly pool: pg.Pool;
  readonly store: EventStore;
}

/** Questions asked of the engine itself. Global modules provide the bus of queries and Clock. */
@Module({})
export class AdminModule {
  static on({ health, facts, pool, store }: AdminDependencies): DynamicModule {
    const tables = new EngineTables(pool);
    return {
      module: AdminModule,
      controllers: [HealthController, AdminController],
      providers: [
        GetStatusHandler,
        ListProjectionsHandler,
        { provide: Health, useValue: health },
        { provide: EngineFacts, useValue: facts },
        { provide: EngineTables, useValue: tables },
        { provide: FollowerReports, useValue: new FollowerReports(tables, store, facts) },
      ],
    };
  }
}
