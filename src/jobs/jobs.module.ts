import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { Streams } from '../engine/commands/streams.js';
import { isExisting } from './domain/job.state.js';
import { LiveEvents } from '../engine/event-store/live-events.js';
import { ProjectionProgress } from '../engine/projector/projection-progress.js';
import { type TimerTable } from '../engine/timers/timer-table.js';
import { CommandSender } from '../kernel/command-sender.js';
import { SharedLoop } from '../platform/async/shared-loop.js';
import { Clock } from '../platform/clock/clock.js';
import { KeyWatch } from '../platform/http/key-watch.js';
import { ServerSentEvents } from '../platform/http/server-sent-events.js';
import { Ids } from '../platform/ids/ids.js';
import { type ReadSource } from '../platform/postgres/read-source.js';
import { JobChangesController } from './api/job-changes.controller.js';
import { LiveWorkers } from './leasing/live-workers.js';
import { QueueFactsReader } from './leasing/queue-facts.js';
import { RecentPolls } from '../dispatch/recent-polls.js';
import { JobOwners } from './queries/job-owners.js';
import { JobReadsController } from './api/job-reads.controller.js';
import { JobStreamController } from './api/job-stream.controller.js';
import { JobStreams } from './api/job-stream.js';
import { JobsController } from './api/jobs.controller.js';
import { LeaseItems } from './api/lease-items.js';
import { LeaseBatchesController } from './api/lease-batches.controller.js';
import { LeaseConnections } from './api/lease-connections.js';
import { LeasesController } from './api/leases.controller.js';
import { isOfTextRule } from './api/fingerprint.js';
import { SubmissionReader } from './api/submission-reader.js';
import { type SubmissionRules } from './api/submission.rules.js';
import { Admission } from './commands/admission.js';
import { Capacity, type CapacityLimits } from './commands/capacity.js';
import { EndJobsHandler } from './commands/end-jobs.handler.js';
import { ExpireLeaseHandler } from './commands/expire-lease.handler.js';
import { ExpireQueueTimeHandler } from './commands/expire-queue-time.handler.js';
import { ExpireTotalTimeHandler } from './commands/expire-total-time.handler.js';
import { LeaseExtension } from './commands/lease-extension.js';
import { jobHandlers } from './commands/job.handlers.js';
import { KeptProgress } from './commands/kept-progress.js';
import { LeaseJobsHandler } from './commands/lease-jobs.handler.js';
import { QueueCounts } from '../dispatch/queue-counts.js';
import { QueueDueJobHandler } from './commands/queue-due-job.handler.js';
import { QueueRetryHandler } from './commands/queue-retry.handler.js';
import { ReportProgressHandler } from './commands/report-progress.handler.js';
import { SubmitJobHandler } from './commands/submit-job.handler.js';
import { SubmitJobsHandler } from './commands/submit-jobs.handler.js';
import { HeartbeatReception } from './leasing/heartbeat-reception.js';
import { LeaseWaiters } from './leasing/lease-waiters.js';
import { JobClaimer } from './leasing/job-claimer.js';
import { Leases } from './leasing/leases.js';
import { QueueSlots } from '../dispatch/queue-slots.js';
import { ReadySweep, type ReadySweepReports } from './leasing/ready-sweep.js';
import { SlowAnswers } from './leasing/slow-answers.js';
import { UndeliveredLeases, type UndeliveredReports } from './leasing/undelivered-leases.js';
import { GetClientEventsHandler } from './queries/client-events.query.js';
import { ExplainJobHandler } from './queries/explain-job.query.js';
import { FindEventPlaceHandler } from './queries/find-event-place.query.js';
import { FollowJobEventsHandler } from './queries/follow-job-events.query.js';
import { GetJobHandler } from './queries/get-job.query.js';
import { GetJobEventsHandler, GetJobReportHandler } from './queries/job-history.query.js';
import { ClientEventsTable } from './queries/client-events-table.js';
import { JobTable } from './queries/job-table.js';
import { ListJobsHandler } from './queries/list-jobs.query.js';
import { jobStream } from './domain/job.stream.js';

const handlers = [
  ...jobHandlers,
  EndJobsHandler,
  ExpireLeaseHandler,
  ExpireQueueTimeHandler,
  ExpireTotalTimeHandler,
  LeaseJobsHandler,
  QueueDueJobHandler,
  QueueRetryHandler,
  ReportProgressHandler,
  SubmitJobHandler,
  SubmitJobsHandler,
  ExplainJobHandler,
  FindEventPlaceHandler,
  FollowJobEventsHandler,
  GetClientEventsHandler,
  GetJobHandler,
  GetJobEventsHandler,
  GetJobReportHandler,
  ListJobsHandler,
];

interface JobsDependencies {
  readonly api: pg.Pool;
  readonly dispatch: pg.Pool;
  readonly source: ReadSource;
  readonly rules: Omit<SubmissionRules, 'now'>;
  readonly limits: CapacityLimits;
  readonly leaseMs: number;
  readonly timers: TimerTable;
  /** Rejects while the log is away. */
  readonly readLog: () => Promise<unknown>;
  /** Heartbeats can be received as of now. */
  readonly heartbeatsHeard: () => void;
  /** Something failed that no caller gets as an error. */
  readonly failed: (what: 'capacity' | 'lease_delivery', cause: unknown) => void;
  readonly undelivered: UndeliveredReports;
  readonly sweep: ReadySweepReports;
}

/** Jobs: submitted, leased, run, finished. Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids, Cursors and dispatch. */
@Module({})
export class JobsModule {
  static on(parts: JobsDependencies): DynamicModule {
    const { api, dispatch, source, rules, limits, leaseMs, failed, sweep } = parts;
    return {
      module: JobsModule,
      controllers: [
        LeaseBatchesController,
        LeasesController,
        JobsController,
        JobReadsController,
        JobStreamController,
        JobChangesController,
      ],
      providers: [
        ...handlers,
        {
          provide: LeaseConnections,
          inject: [KeyWatch, UndeliveredLeases, Leases],
          useFactory: (keys: KeyWatch, undelivered: UndeliveredLeases, leases: Leases) => {
            const answers = new SlowAnswers(leases, (cause) => {
              failed('lease_delivery', cause);
            });
            return new LeaseConnections(leaseMs, keys, undelivered, answers);
          },
        },
        {
          provide: UndeliveredLeases,
          inject: [Streams, Ids],
          useFactory: (streams: Streams, ids: Ids) => new UndeliveredLeases(streams, ids, parts.undelivered),
        },
        {
          provide: Capacity,
          inject: [QueueCounts],
          useFactory: async (counts: QueueCounts) => {
            const capacity = new Capacity(limits, counts, (cause) => {
              failed('capacity', cause);
            });
            await capacity.refresh();
            return capacity;
          },
        },
        {
          provide: Admission,
          inject: [Capacity, Streams],
          useFactory: (capacity: Capacity, streams: Streams) => new Admission(capacity, streams),
        },
        {
          provide: ReadySweep,
          inject: [Streams],
          useFactory: (streams: Streams) => new ReadySweep({ pool: api, streams, reports: sweep }),
        },
        { provide: ClientEventsTable, useValue: new ClientEventsTable(api) },
        {
          provide: JobStreams,
          inject: [LiveEvents, ProjectionProgress, ServerSentEvents, SharedLoop],
          useFactory: (live: LiveEvents, progress: ProjectionProgress, streams: ServerSentEvents, loop: SharedLoop) =>
            new JobStreams(live, progress, streams, loop),
        },
        {
          provide: KeptProgress,
          inject: [Streams, Clock],
          useFactory: (streams: Streams, clock: Clock) => new KeptProgress(parts.timers, streams, clock),
        },
        { provide: Leases, useValue: new Leases(api) },
        {
          provide: HeartbeatReception,
          inject: [Ids, KeyWatch],
          useFactory: (ids: Ids, keys: KeyWatch) =>
            new HeartbeatReception({
              pool: api,
              readLog: async () => {
                await parts.readLog();
                if (!keys.isConfirmed) throw new Error('heartbeats are refused, as no key can be told to be in force');
              },
              newId: () => ids.next(),
              onBegin: parts.heartbeatsHeard,
            }),
        },
        { provide: JobTable, inject: [SharedLoop], useFactory: (loop: SharedLoop) => new JobTable(source, loop) },
        {
          provide: LeaseWaiters,
          inject: [JobClaimer, SharedLoop],
          useFactory: (claimer: JobClaimer, loop: SharedLoop) => new LeaseWaiters(claimer, undefined, loop),
        },
        {
          provide: JobClaimer,
          inject: [Streams, Leases, Ids, Clock, QueueSlots, UndeliveredLeases, HeartbeatReception],
          useFactory: (
            streams: Streams,
            leases: Leases,
            ids: Ids,
            clock: Clock,
            slots: QueueSlots,
            undelivered: UndeliveredLeases,
            reception: HeartbeatReception,
          ) => new JobClaimer({ pool: dispatch, streams, leases, ids, clock, slots, undelivered, reception }),
        },
        {
          provide: JobOwners,
          inject: [Streams, Leases],
          useFactory: (streams: Streams, leases: Leases) => new JobOwners(streams, leases),
        },
        {
          provide: LeaseItems,
          inject: [CommandSender, JobOwners, Ids],
          useFactory: (commands: CommandSender, owners: JobOwners, ids: Ids) => new LeaseItems(commands, owners, ids),
        },
        {
          provide: LeaseExtension,
          inject: [Streams, Leases, Clock, LiveWorkers, RecentPolls],
          useFactory: (streams: Streams, leases: Leases, clock: Clock, workers: LiveWorkers, polls: RecentPolls) =>
            new LeaseExtension(streams, leases, clock, {
              saw(workerId, clientId) {
                workers.saw(workerId);
                polls.saw(workerId, clientId);
              },
            }),
        },
        {
          provide: QueueFactsReader,
          inject: [RecentPolls],
          useFactory: (polls: RecentPolls) => new QueueFactsReader(api, polls),
        },
        {
          provide: SubmissionReader,
          inject: [Clock, Ids, Streams],
          useFactory: (clock: Clock, ids: Ids, streams: Streams) =>
            new SubmissionReader(rules, clock, ids, {
              isTaken: (id) => streams.exists(jobStream, id),
              async isOfTextRule(id) {
                const { state } = await streams.cached(jobStream, id);
                return isExisting(state) && isOfTextRule(state.definition.fingerprint);
              },
            }),
        },
      ],
      exports: [HeartbeatReception, LeaseWaiters, Leases, ReadySweep, UndeliveredLeases],
    };
  }
}
