import { type DynamicModule, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { routesIn } from '../routes.module.js';
import { ApiDocument, type ApiTexts } from './api-document.js';
import { OpenApiController } from './openapi.controller.js';

/** Serves what the application's own routes say about themselves. */
@Module({})
export class OpenApiModule {
  static on(texts: ApiTexts): DynamicModule {
    return {
      module: OpenApiModule,
      controllers: [OpenApiController],
      providers: [
        {
          provide: ApiDocument,
          inject: [ModulesContainer],
          useFactory: (modules: ModulesContainer) => new ApiDocument(() => routesIn(modules), texts),
        },
      ],
    };
  }
}
