import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { Streams } from '../engine/commands/streams.js';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { Clock } from '../platform/clock/clock.js';
import { KeySweep, KeyWatch } from '../platform/http/key-watch.js';
import { Ids } from '../platform/ids/ids.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ClientsController } from './api/clients.controller.js';
import { ClientDesk } from './commands/client-desk.js';
import { CreateClientHandler } from './commands/create-client.handler.js';
import { IssueKeyHandler } from './commands/issue-key.handler.js';
import { ProvideAdminKeyHandler } from './commands/provide-admin-key.handler.js';
import { RenewKeyHandler } from './commands/renew-key.handler.js';
import { RevokeKeyHandler } from './commands/revoke-key.handler.js';
import { type ProvideAdminKey } from './domain/client.commands.js';
import { Authenticator } from './keys/authenticator.js';
import { KeyMaker } from './keys/key-maker.js';
import { KeyRecords } from './keys/key-records.js';
import { KeyRing } from './keys/key-ring.js';
import { KeyUsage, KeyUses } from './keys/key-usage.js';
import { PostgresKeyRecords } from './keys/postgres-key-records.js';
import { PostgresKeyUses } from './keys/postgres-key-uses.js';
import { type RefusedAttempt } from './keys/refused-attempt.js';
import { type Sql } from './keys/sql.js';
import { Operator, operatorId } from './operator.js';
import { ClientDirectory } from './queries/client-directory.js';
import { GetClientHandler } from './queries/get-client.query.js';
import { ListKeysHandler } from './queries/list-keys.query.js';
import { PostgresClientDirectory } from './queries/postgres-client-directory.js';

/** What this room says to the log and cannot say to a caller. */
export interface ClientReports {
  refused(attempt: RefusedAttempt): void;
  failed(what: 'key_lookup' | 'key_usage', cause: unknown): void;
}

const handlers = [
  CreateClientHandler,
  IssueKeyHandler,
  RenewKeyHandler,
  RevokeKeyHandler,
  ProvideAdminKeyHandler,
  GetClientHandler,
  ListKeysHandler,
];

/** Who may call, and with which keys. Its guard stands before every route of the program. */
@Module({})
export class ClientsModule implements OnApplicationShutdown {
  constructor(private readonly usage: KeyUsage) {}

  /** `sql` is the pool that requests use. Global modules provide the buses, Streams, ProjectionProgress, Clock and Ids. */
  static on(sql: Sql, reports: ClientReports): DynamicModule {
    return {
      module: ClientsModule,
      // Other rooms' long answers watch the key that asked for them.
      global: true,
      controllers: [ClientsController],
      providers: [
        ...handlers,
        { provide: KeyRecords, useFactory: () => new PostgresKeyRecords(sql, operatorId) },
        { provide: KeyUses, useFactory: () => new PostgresKeyUses(sql) },
        { provide: ClientDirectory, useFactory: () => new PostgresClientDirectory(sql) },
        {
          provide: KeyRing,
          inject: [KeyRecords, Clock],
          useFactory: (records: KeyRecords, clock: Clock) =>
            new KeyRing(records, clock, (cause) => {
              reports.failed('key_lookup', cause);
            }),
        },
        {
          provide: KeyUsage,
          inject: [KeyUses, Clock],
          useFactory: (uses: KeyUses, clock: Clock) =>
            new KeyUsage(uses, clock, (cause) => {
              reports.failed('key_usage', cause);
            }),
        },
        {
          provide: Authenticator,
          inject: [KeyRing, Clock],
          useFactory: (ring: KeyRing, clock: Clock) => new Authenticator(ring, clock),
        },
        {
          provide: KeyWatch,
          inject: [KeyRing],
          useFactory: (ring: KeyRing) =>
            new KeySweep(
              (keyId) => ring.isOpen(keyId),
              (cause) => {
                reports.failed('key_lookup', cause);
              },
            ),
        },
        { provide: KeyMaker, inject: [Ids], useFactory: (ids: Ids) => new KeyMaker(ids, randomBytes) },
        {
          provide: ClientDesk,
          inject: [Streams, ProjectionProgress, KeyRing],
          useFactory: (streams: Streams, progress: ProjectionProgress, ring: KeyRing) =>
            new ClientDesk(streams, progress, ring),
        },
        {
          provide: Operator,
          inject: [CommandBus, Ids, KeyMaker],
          useFactory: (bus: CommandBus, ids: Ids, maker: KeyMaker) =>
            new Operator((command) => bus.execute<ProvideAdminKey, boolean>(command), ids, maker),
        },
        {
          provide: APP_GUARD,
          inject: [Authenticator, KeyUsage],
          useFactory: (authenticator: Authenticator, usage: KeyUsage) =>
            new ApiKeyGuard(authenticator, usage, (attempt) => {
              reports.refused(attempt);
            }),
        },
      ],
      exports: [Operator, KeyRing, KeyWatch],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.usage.flush();
  }
}
