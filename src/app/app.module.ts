import { type DynamicModule, Module } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { AdminModule } from '../admin/admin.module.js';
import { type EngineFacts } from '../admin/queries/engine-facts.js';
import { type Health } from '../admin/health.js';
import { version } from '../admin/version.js';
import { ClientsModule } from '../clients/clients.module.js';
import { PostgresClientDirectory } from '../clients/queries/postgres-client-directory.js';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { BusCommandSender } from '../engine/commands/bus-command-sender.js';
import { Streams } from '../engine/commands/streams.js';
import { TimerTable } from '../engine/timers/timer-table.js';
import { LiveEvents } from '../engine/event-store/live-events.js';
import { type KnownProgress, ProjectionProgress } from '../engine/projector/projection-progress.js';
import { ReadConsistency } from '../engine/projector/read-consistency.js';
import { LiveWorkers } from '../jobs/leasing/live-workers.js';
import { SubmissionReader } from '../jobs/api/submission-reader.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { CommandSender } from '../kernel/command-sender.js';
import { SharedLoop } from '../platform/async/shared-loop.js';
import { Clock } from '../platform/clock/clock.js';
import { type Config } from '../platform/config/config.js';
import { Cursors } from '../platform/http/cursors.js';
import { Drain } from '../platform/http/drain.js';
import { KeyWatch } from '../platform/http/key-watch.js';
import { OpenApiModule } from '../platform/http/openapi/openapi.module.js';
import { HomeController } from '../platform/http/home.controller.js';
import { ProblemsController } from '../platform/http/problems.controller.js';
import { RecentWrites } from '../platform/http/recent-writes.js';
import { ServerSentEvents } from '../platform/http/server-sent-events.js';
import { Ids } from '../platform/ids/ids.js';
import { type Log } from '../platform/observability/log.js';
import { MetricsController } from '../platform/observability/metrics.controller.js';
import { MetricsAccess } from '../platform/observability/metrics-access.js';
import { Scrape } from '../platform/observability/scrape.js';
import { type Telemetry } from '../platform/observability/telemetry.js';
import { Tracing } from '../platform/observability/tracing.js';
import { deleteKeyInDatabase } from '../platform/sealing/open-sealing.js';
import { type Sealing } from '../platform/sealing/sealing.js';
import { QueuesModule } from '../queues/queues.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { type Egress } from '../platform/egress/egress.js';
import { BlockedTarget } from '../platform/egress/blocked-target.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { apiTexts } from './api-texts.js';
import { commandTypes } from './following.js';
import { JobEventLog } from './job-event-log.js';
import { StreamLog } from '../engine/telemetry/stream-log.js';
import { JobTelemetry } from '../jobs/telemetry/job-telemetry.js';
import { ScheduleTelemetry } from '../schedules/telemetry/schedule-telemetry.js';
import { DeliveryTelemetry } from '../webhooks/telemetry/delivery-telemetry.js';
import { CommandTelemetry } from '../engine/telemetry/command-telemetry.js';
import { noWorkerReport, sweepReports, undeliveredReports } from '../jobs/telemetry/dispatch-reports.js';
import { sealingReports } from '../webhooks/telemetry/sealing-reports.js';
import { type Storage } from './storage.js';
import { SchedulesModule } from '../schedules/schedules.module.js';
import { SubmissionJobReader } from './submission-job-reader.js';

interface AppDependencies {
  readonly config: Config;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly progress: KnownProgress;
  readonly health: Health;
  readonly facts: EngineFacts;
  readonly drain: Drain;
  readonly cursorSecret: Buffer;
  /** Seals what signs webhooks. */
  readonly sealing: Sealing;
  readonly egress: Egress;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly workers: LiveWorkers;
  readonly loop: SharedLoop;
}

/** Characters of job states and payloads kept at hand, so that a job that moves fast is not read back each time. */
const cachedCharacters = 64 * 1024 * 1024;

@Module({})
class SharedModule {}

/** All modules of the engine. The same for every role: what a process does with them is decided by who starts them. */
@Module({})
export class AppModule {
  static on(parts: AppDependencies): DynamicModule {
    const { config, storage, clock, ids, progress, health, facts, drain, cursorSecret, log } = parts;
    const { telemetry, workers, egress, sealing } = parts;
    const rules = {
      maxDeferDays: config.maxDeferDays,
      allowedWorkKinds: config.allowedWorkKinds,
      faultOfTarget: faultOfTargetBy(egress),
    };
    const clientDirectory = new PostgresClientDirectory(storage.api);
    const lines = new StreamLog(log, telemetry.tracing);
    const observer = new CommandTelemetry(log, telemetry, clock, [
      new JobTelemetry(log, telemetry),
      new DeliveryTelemetry(telemetry.metrics, telemetry.tracing, lines),
      new ScheduleTelemetry(telemetry.metrics, clock, lines),
    ]);
    const shared = [
      {
        provide: Streams,
        useValue: new Streams(storage.store, clock, { cachedCharacters, observer, loop: parts.loop }),
      },
      {
        provide: CommandSender,
        inject: [CommandBus],
        useFactory: (bus: CommandBus) => new BusCommandSender(bus, progress),
      },
      { provide: Clock, useValue: clock },
      { provide: SharedLoop, useValue: parts.loop },
      { provide: Ids, useValue: ids },
      { provide: ProjectionProgress, useValue: progress },
      { provide: ReadConsistency, useValue: new ReadConsistency(progress) },
      { provide: RecentWrites, useValue: new RecentWrites() },
      { provide: Cursors, useValue: new Cursors(cursorSecret) },
      { provide: LiveWorkers, useValue: workers },
      {
        provide: MetricsAccess,
        useValue: new MetricsAccess({ allow: config.metricsAllow, token: config.metricsToken }),
      },
      { provide: Scrape, useValue: telemetry.scrape },
      { provide: Tracing, useValue: telemetry.tracing },
      {
        provide: LiveEvents,
        useValue: new LiveEvents(storage.store, (error) => {
          log.warn({ action: 'live_events_interrupted', err: error });
        }),
      },
      {
        provide: ServerSentEvents,
        inject: [KeyWatch],
        useFactory: (keys: KeyWatch) => new ServerSentEvents(drain, keys),
      },
    ];
    return {
      module: AppModule,
      imports: [
        CqrsModule.forRoot(),
        { module: SharedModule, global: true, providers: shared, exports: shared.map(({ provide }) => provide) },
        ClientsModule.on(
          { sql: storage.api, store: storage.store, nodeId: ids.next() },
          {
            refused: (attempt) => {
              const { code, keyId, address, method, path } = attempt;
              telemetry.metrics.add('access_refused_total', { code });
              log.warn({ action: 'access_refused', error_code: code, key_id: keyId, address, method, path });
            },
            failed: (what, cause) => {
              log.warn({ action: `${what}_failed`, err: cause });
            },
          },
        ),
        DispatchModule.on({
          pool: storage.api,
          failed: (what, cause) => {
            log.warn({ action: `${what}_failed`, err: cause });
          },
          noWorker: noWorkerReport(log),
        }),
        JobsModule.on({
          api: storage.api,
          dispatch: storage.dispatch,
          source: storage.source,
          rules,
          limits: { maxActiveJobs: config.maxActiveJobs, maxQueuedJobs: config.maxQueuedJobs },
          leaseMs: config.leaseMs,
          timers: new TimerTable(storage.api, commandTypes),
          readLog: () => storage.store.head(),
          heartbeatsHeard: () => {
            log.info({ action: 'heartbeats_heard' });
          },
          failed: (what, cause) => {
            log.warn({ action: `${what}_failed`, err: cause });
          },
          undelivered: undeliveredReports(log, telemetry.metrics),
          sweep: sweepReports(log, telemetry.metrics),
        }),
        QueuesModule,
        ReportsModule.on(storage.source),
        SchedulesModule.on({
          api: storage.api,
          source: storage.source,
          head: () => storage.store.head(),
          jobs: new SubmissionJobReader(new SubmissionReader(rules, clock, ids)),
        }),
        WebhooksModule.on({
          clients: (after, most) => clientDirectory.idsAfter(after, most),
          deleteKeyInDatabase: () => deleteKeyInDatabase(storage.api),
          sealed: sealingReports(log),
          api: storage.api,
          source: storage.source,
          sending: storage.webhooks,
          head: () => storage.store.head(),
          egress,
          facts: new JobEventLog(storage.store),
          sealing,
          policy: {
            timeoutMs: config.webhookTimeoutMs,
            maxAttempts: config.webhookMaxAttempts,
            backoffBaseMs: config.webhookBackoffBaseMs,
            disableAfterMs: config.webhookDisableAfterHours * 3_600_000,
          },
          reports: {
            failed: (what, error) => {
              log.warn({ action: `webhook_${what}_failed`, err: error });
            },
            putOff: (lack) => {
              telemetry.metrics.add('webhook_attempts_put_off_total', { lack });
              log.debug({ action: 'webhook_attempt_put_off', lack });
            },
          },
        }),
        OpenApiModule.on(apiTexts(version)),
        AdminModule.on({ health, facts, pool: storage.api, store: storage.store }),
      ],
      controllers: [HomeController, ProblemsController, MetricsController],
    };
  }
}

const faultOfTargetBy =
  (egress: Egress) =>
  (url: string): string | null => {
    try {
      egress.checkText(url);
      return null;
    } catch (error) {
      if (error instanceof BlockedTarget) return error.message;
      throw error;
    }
  };
