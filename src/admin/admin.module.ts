import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './api/health.controller.js';
import { Health } from './health.js';

/** Questions asked of the engine itself. */
@Module({})
export class AdminModule {
  static on(health: Health): DynamicModule {
    return {
      module: AdminModule,
      controllers: [HealthController],
      providers: [{ provide: Health, useValue: health }],
    };
  }
}
