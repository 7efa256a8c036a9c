import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { Streams } from '../engine/commands/streams.js';
import { ReadGate } from '../engine/projector/read-gate.js';
import { Clock } from '../platform/clock/clock.js';
import { RecentWrites } from '../platform/http/recent-writes.js';
import { Ids } from '../platform/ids/ids.js';
import { type ReadSource } from '../platform/postgres/read-source.js';
import { JobChangesController } from './api/job-changes.controller.js';
import { JobGate } from './api/job-gate.js';
import { JobOwners } from './api/job-owners.js';
import { JobReadsController } from './api/job-reads.controller.js';
import { JobsController } from './api/jobs.controller.js';
import { LeaseBatchesController, LeaseDefaults } from './api/lease-batches.controller.js';
import { LeasesController } from './api/leases.controller.js';
import { SubmissionReader } from './api/submission-reader.js';
import { type SubmissionRules } from './api/submission.rules.js';
import { CancelJobHandler } from './commands/cancel-job.handler.js';
import { CompleteJobHandler } from './commands/complete-job.handler.js';
import { EndJobsHandler } from './commands/end-jobs.handler.js';
import { ExpireLeaseHandler } from './commands/expire-lease.handler.js';
import { ExpireQueueTimeHandler } from './commands/expire-queue-time.handler.js';
import { ExpireTotalTimeHandler } from './commands/expire-total-time.handler.js';
import { ExtendLeaseHandler } from './commands/extend-lease.handler.js';
import { FailJobHandler } from './commands/fail-job.handler.js';
import { LeaseJobsHandler } from './commands/lease-jobs.handler.js';
import { QueueDueJobHandler } from './commands/queue-due-job.handler.js';
import { QueueRetryHandler } from './commands/queue-retry.handler.js';
import { ReleaseJobHandler } from './commands/release-job.handler.js';
import { ReportProgressHandler } from './commands/report-progress.handler.js';
import { RetryJobHandler } from './commands/retry-job.handler.js';
import { StartJobHandler } from './commands/start-job.handler.js';
import { SubmitJobHandler } from './commands/submit-job.handler.js';
import { SubmitJobsHandler } from './commands/submit-jobs.handler.js';
import { LeaseDesk } from './dispatch/lease-desk.js';
import { LeaseGranting } from './dispatch/lease-granting.js';
import { Leases } from './dispatch/leases.js';
import { GetJobHandler } from './queries/get-job.query.js';
import { GetJobEventsHandler, GetJobReportHandler } from './queries/job-history.query.js';
import { JobTable } from './queries/job-table.js';
import { ListJobsHandler } from './queries/list-jobs.query.js';

const handlers = [
  CancelJobHandler,
  CompleteJobHandler,
  EndJobsHandler,
  ExpireLeaseHandler,
  ExpireQueueTimeHandler,
  ExpireTotalTimeHandler,
  ExtendLeaseHandler,
  FailJobHandler,
  LeaseJobsHandler,
  QueueDueJobHandler,
  QueueRetryHandler,
  ReleaseJobHandler,
  ReportProgressHandler,
  RetryJobHandler,
  StartJobHandler,
  SubmitJobHandler,
  SubmitJobsHandler,
  GetJobHandler,
  GetJobEventsHandler,
  GetJobReportHandler,
  ListJobsHandler,
];

export interface JobsGround {
  readonly api: pg.Pool;
  readonly dispatch: pg.Pool;
  readonly source: ReadSource;
  readonly rules: Omit<SubmissionRules, 'now'>;
  readonly leaseMs: number;
}

/** Jobs: submitted, leased, run, finished. Global modules provide the buses, Streams, Clock, Ids, ReadGate and Cursors. */
@Module({})
export class JobsModule {
  static on({ api, dispatch, source, rules, leaseMs }: JobsGround): DynamicModule {
    return {
      module: JobsModule,
      controllers: [LeaseBatchesController, LeasesController, JobsController, JobReadsController, JobChangesController],
      providers: [
        ...handlers,
        { provide: LeaseDefaults, useValue: new LeaseDefaults(leaseMs) },
        { provide: Leases, useValue: new Leases(api) },
        { provide: JobTable, useValue: new JobTable(api, source) },
        {
          provide: LeaseDesk,
          inject: [Streams, Leases, Ids],
          useFactory: (streams: Streams, leases: Leases, ids: Ids) =>
            new LeaseDesk(new LeaseGranting(dispatch, streams, leases, ids)),
        },
        {
          provide: JobOwners,
          inject: [Streams, Leases],
          useFactory: (streams: Streams, leases: Leases) => new JobOwners(streams, leases),
        },
        {
          provide: JobGate,
          inject: [ReadGate, RecentWrites],
          useFactory: (gate: ReadGate, recent: RecentWrites) => new JobGate(gate, recent),
        },
        {
          provide: SubmissionReader,
          inject: [Clock, Ids],
          useFactory: (clock: Clock, ids: Ids) => new SubmissionReader(rules, clock, ids),
        },
      ],
      exports: [LeaseDesk, Leases],
    };
  }
}
