import { type DynamicModule, Module } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import { apiKeysProjection } from '../../projections/api-keys/api-keys.projection.js';
import { clientsProjection } from '../../projections/clients/clients.projection.js';
import { ClientsModule } from '../../src/clients/clients.module.js';
import { ClientFeed } from '../../src/clients/keys/client-feed.js';
import { type RefusedAttempt } from '../../src/clients/keys/refused-attempt.js';
import { Operator } from '../../src/clients/operator.js';
import { BusCommandSender } from '../../src/engine/commands/bus-command-sender.js';
import { Streams } from '../../src/engine/commands/streams.js';
import { KnownProgress, ProjectionProgress } from '../../src/engine/projector/projection-progress.js';
import { RowWriter } from '../../src/engine/projector/row-writer.js';
import { CommandSender } from '../../src/kernel/command-sender.js';
import { type Projection } from '../../src/kernel/projection.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { createHttpApp, type HttpApp } from '../../src/platform/http/http-server.module.js';
import { PositionInterceptor } from '../../src/platform/http/position.interceptor.js';
import { RecentWrites } from '../../src/platform/http/recent-writes.js';
import { Ids, RandomIds } from '../../src/platform/ids/ids.js';
import { openPool } from '../../src/platform/postgres/pools.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { SystemClock } from '../support/system-clock.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';

const projections: readonly Projection[] = [clientsProjection, apiKeysProjection];

@Module({})
class RunningEngine {}

@Module({})
class Dependencies {}

export interface Node {
  readonly url: string;
  readonly operator: Operator;
}

/** The clients room on several nodes, with one log and one database, and nothing else of the engine. */
export class ClientsApp {
  readonly store = new MemoryEventStore();
  readonly refused: RefusedAttempt[] = [];
  readonly failures: unknown[] = [];
  readonly #nodes: { readonly http: HttpApp; readonly pool: pg.Pool; readonly progress: KnownProgress }[] = [];
  readonly #feeds: ClientFeed[] = [];
  readonly #subscription = this.store.subscribe({ after: null });
  #followed: Promise<void> = Promise.resolve();

  private constructor(private readonly database: TestDatabase) {}

  static async open(): Promise<ClientsApp> {
    const running = new ClientsApp(await testDatabase());
    running.#followed = running.#follow();
    return running;
  }

  async addNode(): Promise<Node> {
    const progress = new KnownProgress();
    const ids = new RandomIds();
    const pool = this.#pool();
    const http = await createHttpApp(this.#modules(pool, progress, ids), {
      ids,
      onFailure: (error) => this.failures.push(error),
    });
    http.app.useGlobalInterceptors(new PositionInterceptor(new RecentWrites()));
    this.#nodes.push({ http, pool, progress });
    const feed = http.app.get(ClientFeed, { strict: false });
    await http.app.init();
    await feed.start();
    this.#feeds.push(feed);
    return { url: await http.listen(0, '127.0.0.1'), operator: http.app.get(Operator, { strict: false }) };
  }

  /** Until every node knows what the log held when this was asked. */
  async caughtUp(): Promise<void> {
    const head = await this.store.head();
    if (head === null) return;
    const waits = this.#nodes.flatMap(({ progress }) =>
      projections.map(({ name }) => progress.waitFor(name, head, 120_000)),
    );
    if ((await Promise.all(waits)).includes(false)) throw new Error('the read models did not catch up');
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) await feed.stop();
    for (const { http } of this.#nodes) await http.close(5_000);
    await this.#subscription.close();
    await this.#followed;
    for (const { pool } of this.#nodes) await pool.end();
    await this.store.close();
    await this.database.drop();
  }

  #modules(pool: pg.Pool, progress: KnownProgress, ids: Ids): DynamicModule {
    const streams = new Streams(this.store, new SystemClock(), { cachedCharacters: 1_000_000 });
    const providers = [
      { provide: Streams, useValue: streams },
      {
        provide: CommandSender,
        inject: [CommandBus],
        useFactory: (bus: CommandBus) => new BusCommandSender(bus, progress),
      },
      { provide: ProjectionProgress, useValue: progress },
      { provide: Clock, useClass: SystemClock },
      { provide: Ids, useValue: ids },
    ];
    const clients = ClientsModule.on(
      { sql: pool, store: this.store, nodeId: ids.next() },
      {
        refused: (attempt) => this.refused.push(attempt),
        failed: (_what, cause) => this.failures.push(cause),
      },
    );
    const exports = providers.map(({ provide }) => provide);
    return {
      module: RunningEngine,
      imports: [CqrsModule.forRoot(), { module: Dependencies, global: true, providers, exports }, clients],
    };
  }

  #pool(): pg.Pool {
    return openPool({
      connectionString: this.database.connectionString,
      name: 'spec',
      max: 4,
      statementTimeoutMs: 5_000,
      onError: (error) => this.failures.push(error),
    });
  }

  /** What the followers do, without their checkpoints. */
  async #follow(): Promise<void> {
    const pool = this.#pool();
    for await (const batch of this.#subscription) {
      for (const projection of projections) {
        const changes = batch.events
          .filter(({ event }) => projection.types.includes(event.type))
          .flatMap((recorded) => projection.apply(recorded));
        const { statements, tables } = new RowWriter(projection.tables).statements(changes);
        for (const { text, values } of statements) await pool.query(text, [...values]);
        for (const { progress } of this.#nodes)
          progress.publish({ name: projection.name, position: batch.position, tables });
      }
    }
    await pool.end();
  }
}
