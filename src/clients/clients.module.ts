import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Streams } from '../engine/commands/streams.js';
import { currentEvent } from '../engine/commands/upcast.js';
import { type EventStore } from '../engine/event-store/event-store.port.js';
import { CommandSender } from '../kernel/command-sender.js';
import { type Recorded } from '../kernel/recorded.js';
import { Clock } from '../platform/clock/clock.js';
import { KeySweep, KeyWatch } from '../platform/http/key-watch.js';
import { Ids } from '../platform/ids/ids.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ClientsController } from './api/clients.controller.js';
import { ClientWriter } from './commands/client-writer.js';
import { clientHandlers } from './commands/client.handlers.js';
import { ProvideAdminKeyHandler } from './commands/provide-admin-key.handler.js';
import { type ClientEvent } from './domain/client.events.js';
import { clientSchemas } from './domain/client.schemas.js';
import { Authenticator } from './keys/authenticator.js';
import { ClientFeed } from './keys/client-feed.js';
import { KeyMaker } from './keys/key-maker.js';
import { KeyRing } from './keys/key-ring.js';
import { KeyUsage, KeyUses } from './keys/key-usage.js';
import { PostgresFeedNodes } from './keys/postgres-feed-nodes.js';
import { PostgresKeyIndex } from './keys/postgres-key-index.js';
import { PostgresKeyUses } from './keys/postgres-key-uses.js';
import { type RefusedAttempt } from './keys/refused-attempt.js';
import { type Sql } from './keys/sql.js';
import { StreamKeyRecords } from './keys/stream-key-records.js';
import { Operator, operatorId } from './operator.js';
import { ClientDirectory } from './queries/client-directory.js';
import { GetClientHandler } from './queries/get-client.query.js';
import { ListKeysHandler } from './queries/list-keys.query.js';
import { PostgresClientDirectory } from './queries/postgres-client-directory.js';

/** What this room says to the log and cannot say to a caller. */
export interface ClientReports {
  refused(attempt: RefusedAttempt): void;
  failed(what: 'key_lookup' | 'key_usage' | 'client_feed', cause: unknown): void;
}

export interface ClientsGround {
  /** The pool that requests use. */
  readonly sql: Sql;
  readonly store: EventStore;
  /** This life of the node. */
  readonly nodeId: string;
}

const handlers = [...clientHandlers, ProvideAdminKeyHandler, GetClientHandler, ListKeysHandler];

/** Who may call, and with which keys. Its guard stands before every route of the program. */
@Module({})
export class ClientsModule implements OnApplicationShutdown {
  constructor(private readonly usage: KeyUsage) {}

  /** Global modules provide the bus of queries, CommandSender, Streams, Clock and Ids. */
  static on({ sql, store, nodeId }: ClientsGround, reports: ClientReports): DynamicModule {
    return {
      module: ClientsModule,
      // Other rooms' long answers watch the key that asked for them.
      global: true,
      controllers: [ClientsController],
      providers: [
        ...handlers,
        { provide: KeyUses, useFactory: () => new PostgresKeyUses(sql) },
        { provide: ClientDirectory, useFactory: () => new PostgresClientDirectory(sql) },
        {
          provide: KeyRing,
          inject: [Streams, Clock],
          useFactory: (streams: Streams, clock: Clock) =>
            new KeyRing(new StreamKeyRecords(streams, new PostgresKeyIndex(sql), operatorId), clock, (cause) => {
              reports.failed('key_lookup', cause);
            }),
        },
        {
          provide: ClientFeed,
          inject: [KeyRing],
          useFactory: (ring: KeyRing) =>
            new ClientFeed({
              store,
              nodes: new PostgresFeedNodes(sql, nodeId),
              heard: (recorded) => {
                hear(recorded, ring, reports);
              },
              failed: (cause) => {
                reports.failed('client_feed', cause);
              },
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
          inject: [KeyRing, ClientFeed],
          useFactory: (ring: KeyRing, feed: ClientFeed) =>
            new KeySweep({
              isOpen: (keyId) => ring.isOpen(keyId),
              isConfirmed: () => feed.isConfirmed,
              revoked: ring.revoked,
              failed: (cause) => {
                reports.failed('key_lookup', cause);
              },
            }),
        },
        { provide: KeyMaker, inject: [Ids], useFactory: (ids: Ids) => new KeyMaker(ids, randomBytes) },
        {
          provide: ClientWriter,
          inject: [Streams, Clock, KeyRing, ClientFeed],
          useFactory: (streams: Streams, clock: Clock, ring: KeyRing, feed: ClientFeed) =>
            new ClientWriter({ streams, clock, ring, feed }),
        },
        {
          provide: Operator,
          inject: [CommandSender, Ids, KeyMaker],
          useFactory: (commands: CommandSender, ids: Ids, maker: KeyMaker) =>
            new Operator((command) => commands.send(command), ids, maker),
        },
        {
          provide: APP_GUARD,
          inject: [Authenticator, KeyUsage, ClientFeed],
          useFactory: (authenticator: Authenticator, usage: KeyUsage, feed: ClientFeed) =>
            new ApiKeyGuard(
              authenticator,
              usage,
              (attempt) => {
                reports.refused(attempt);
              },
              feed,
            ),
        },
      ],
      exports: [Operator, KeyRing, KeyWatch, ClientFeed],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.usage.flush();
  }
}

/** Whatever comes of it, it is not believed any more what was known before. */
function hear(recorded: Recorded, ring: KeyRing, reports: ClientReports): void {
  try {
    ring.hear(currentEvent(clientSchemas, recorded).event as ClientEvent);
  } catch (cause) {
    ring.forgetAll();
    reports.failed('client_feed', cause);
  }
}
