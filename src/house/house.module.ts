import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AdminModule } from '../admin/admin.module.js';
import { type Health } from '../admin/health.js';
import { ClientsModule } from '../clients/clients.module.js';
import { Streams } from '../engine/commands/streams.js';
import { type KnownProgress, ProjectionProgress } from '../engine/projector/projection-progress.js';
import { ReadGate } from '../engine/projector/read-gate.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { Clock } from '../platform/clock/clock.js';
import { type Config } from '../platform/config/config.js';
import { Cursors } from '../platform/http/cursors.js';
import { ProblemsController } from '../platform/http/problems.controller.js';
import { RecentWrites } from '../platform/http/recent-writes.js';
import { Ids } from '../platform/ids/ids.js';
import { type Log } from '../platform/observability/log.js';
import { type Storage } from './storage.js';

export interface HouseParts {
  readonly config: Config;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly progress: KnownProgress;
  readonly health: Health;
  readonly cursorSecret: Buffer;
  readonly log: Log;
}

/** Characters of job states and payloads kept at hand, so that a job that moves fast is not read back each time. */
const rememberedCharacters = 64 * 1024 * 1024;

@Module({})
class GroundModule {}

/** All rooms under one roof. The same for every role: what a process does with them is decided by who starts them. */
@Module({})
export class HouseModule {
  static on(parts: HouseParts): DynamicModule {
    const { config, storage, clock, ids, progress, health, cursorSecret, log } = parts;
    const ground = [
      { provide: Streams, useValue: new Streams(storage.store, clock, { rememberedCharacters }) },
      { provide: Clock, useValue: clock },
      { provide: Ids, useValue: ids },
      { provide: ProjectionProgress, useValue: progress },
      { provide: ReadGate, useValue: new ReadGate(progress) },
      { provide: RecentWrites, useValue: new RecentWrites() },
      { provide: Cursors, useValue: new Cursors(cursorSecret) },
    ];
    return {
      module: HouseModule,
      imports: [
        CqrsModule.forRoot(),
        { module: GroundModule, global: true, providers: ground, exports: ground.map(({ provide }) => provide) },
        ClientsModule.on(storage.api, {
          refused: (attempt) => {
            log.warn({ action: 'access_refused', ...attempt });
          },
          failed: (what, cause) => {
            log.warn({ action: `${what}_failed`, err: cause });
          },
        }),
        JobsModule.on({
          api: storage.api,
          dispatch: storage.dispatch,
          source: storage.source,
          rules: { maxDeferDays: config.maxDeferDays, allowedWorkKinds: config.allowedWorkKinds },
          leaseMs: config.leaseMs,
        }),
        AdminModule.on(health),
      ],
      controllers: [ProblemsController],
    };
  }
}
