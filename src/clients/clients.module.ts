import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Streams } from '../engine/commands/streams.js';
import { currentEvent } from '../engine/commands/upcast.js';
import { type EventStore } from '../engine/event-store/event-store.port.js';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { CommandSender } from '../kernel/command-sender.js';
import { type Recorded } from '../kernel/recorded.js';
import { Clock } from '../platform/clock/clock.js';
import { RevocationPoller, KeyWatch } from '../platform/http/key-watch.js';
import { Ids } from '../platform/ids/ids.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ClientsController } from './api/clients.controller.js';
import { ClientWriter } from './commands/client-writer.js';
import { clientHandlers } from './commands/client.handlers.js';
import { ProvideAdminKeyHandler } from './commands/provide-admin-key.handler.js';
import { type ClientEvent } from './domain/client.events.js';
import { Authenticator } from './keys/authenticator.js';
import { ClientFeed } from './keys/client-feed.js';
import { KeyMaker } from './keys/key-maker.js';
import { KeyCache } from './keys/key-cache.js';
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
import { clientStream } from './domain/client.stream.js';

/** What this module says to the log and cannot say to a caller. */
interface ClientReports {
  refused(attempt: RefusedAttempt): void;
  failed(what: 'key_lookup' | 'key_usage' | 'client_feed', cause: unknown): void;
}

interface ClientsDependencies {
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

  /** Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids and ProjectionProgress. */
  static on({ sql, store, nodeId }: ClientsDependencies, reports: ClientReports): DynamicModule {
    return {
      module: ClientsModule,
      // Long answers of other modules watch the key that asked for them.
      global: true,
      controllers: [ClientsController],
      providers: [
        ...handlers,
        { provide: KeyUses, useFactory: () => new PostgresKeyUses(sql) },
        { provide: ClientDirectory, useFactory: () => new PostgresClientDirectory(sql) },
        {
          provide: KeyCache,
          inject: [Streams, Clock, ProjectionProgress],
          useFactory: (streams: Streams, clock: Clock, progress: ProjectionProgress) =>
            new KeyCache(
              new StreamKeyRecords(streams, new PostgresKeyIndex(sql), operatorId),
              clock,
              (position) => (progress.positionOf('api-keys') ?? -1n) >= position,
              (cause) => {
                reports.failed('key_lookup', cause);
              },
            ),
        },
        {
          provide: ClientFeed,
          inject: [KeyCache],
          useFactory: (keyCache: KeyCache) =>
            new ClientFeed({
              store,
              nodes: new PostgresFeedNodes(sql, nodeId),
              onBegin: (after) => {
                keyCache.beginsAfter(after);
              },
              onEvent: (recorded) => {
                onEvent(recorded, keyCache, reports);
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
          inject: [KeyCache, Clock],
          useFactory: (keyCache: KeyCache, clock: Clock) => new Authenticator(keyCache, clock),
        },
        {
          provide: KeyWatch,
          inject: [KeyCache, ClientFeed],
          useFactory: (keyCache: KeyCache, feed: ClientFeed) =>
            new RevocationPoller({
              isOpen: (keyId) => keyCache.isOpen(keyId),
              isConfirmed: () => feed.isConfirmed,
              revoked: keyCache.revoked,
              failed: (cause) => {
                reports.failed('key_lookup', cause);
              },
            }),
        },
        { provide: KeyMaker, inject: [Ids], useFactory: (ids: Ids) => new KeyMaker(ids, randomBytes) },
        {
          provide: ClientWriter,
          inject: [Streams, Clock, KeyCache, ClientFeed],
          useFactory: (streams: Streams, clock: Clock, keyCache: KeyCache, feed: ClientFeed) =>
            new ClientWriter({ streams, clock, keyCache, feed }),
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
      exports: [Operator, KeyCache, KeyWatch, ClientFeed],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.usage.flush();
  }
}

/** Whatever comes of it, it is not believed any more what was known before. */
function onEvent(recorded: Recorded, keyCache: KeyCache, reports: ClientReports): void {
  try {
    keyCache.onEvent(currentEvent(clientStream, recorded).event as ClientEvent);
  } catch (cause) {
    keyCache.forgetAll();
    reports.failed('client_feed', cause);
  }
}
