import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { type NoWorkerParts, NoWorkerWatch } from './no-worker-watch.js';
import { PostgresQueueCounts, QueueCounts } from './queue-counts.js';
import { QueueSlots } from './queue-slots.js';
import { QueueTable } from './queue-table.js';
import { RecentPolls } from './recent-polls.js';

interface DispatchDependencies {
  readonly pool: pg.Pool;
  /** Something failed that no caller gets as an error. */
  readonly failed: (what: 'recent_polls' | 'no_worker_watch', cause: unknown) => void;
  /** A job waits and no worker asks for its kind. */
  readonly noWorker: NoWorkerParts['noWorker'];
}

/** Ready jobs, what is counted and limited by queue, and what workers ask for: modules ask here. Needs ProjectionProgress. */
@Module({})
export class DispatchModule {
  static on({ pool, failed, noWorker }: DispatchDependencies): DynamicModule {
    const polls = new RecentPolls(pool, (cause) => {
      failed('recent_polls', cause);
    });
    const watch = new NoWorkerWatch({
      pool,
      polls,
      noWorker,
      failed: (cause) => {
        failed('no_worker_watch', cause);
      },
    });
    return {
      module: DispatchModule,
      global: true,
      providers: [
        { provide: QueueCounts, useValue: new PostgresQueueCounts(pool) },
        { provide: QueueTable, useValue: new QueueTable(pool) },
        { provide: RecentPolls, useValue: polls },
        { provide: NoWorkerWatch, useValue: watch },
        {
          provide: QueueSlots,
          inject: [ProjectionProgress],
          useFactory: async (progress: ProjectionProgress) => {
            const slots = new QueueSlots(pool, progress);
            await slots.refresh();
            return slots;
          },
        },
      ],
      exports: [NoWorkerWatch, QueueCounts, QueueSlots, QueueTable, RecentPolls],
    };
  }
}
