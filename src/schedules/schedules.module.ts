import { type DynamicModule, Module } from '@nestjs/common';
import type pg from 'pg';
import { Streams } from '../engine/commands/streams.js';
import { Uptimes } from '../engine/followers/uptimes.js';
import { type Position } from '../kernel/recorded.js';
import { Clock } from '../platform/clock/clock.js';
import { type ReadSource } from '../platform/postgres/read-source.js';
import { type JobReader } from './api/job-reader.js';
import { ScheduleOwners } from './queries/schedule-owners.js';
import { ScheduleReading } from './api/schedule-reading.js';
import { ScheduleReadsController } from './api/schedule-reads.controller.js';
import { SchedulesController } from './api/schedules.controller.js';
import { CancelOccurrenceHandler } from './commands/cancel-occurrence.handler.js';
import { ChangeScheduleHandler } from './commands/change-schedule.handler.js';
import { CreateScheduleHandler } from './commands/create-schedule.handler.js';
import { DeclareScheduleHandler } from './commands/declare-schedule.handler.js';
import { DeleteScheduleHandler } from './commands/delete-schedule.handler.js';
import { FireDueHandler } from './commands/fire-due.handler.js';
import { FreeUnusedNameHandler } from './commands/free-unused-name.handler.js';
import { RejectOccurrenceHandler } from './commands/reject-occurrence.handler.js';
import { scheduleHandlers } from './commands/schedule.handlers.js';
import { ScheduleNames } from './commands/schedule-names.js';
import { SubmitOccurrenceHandler } from './commands/submit-occurrence.handler.js';
import { LogEnd } from './commands/log-end.js';
import { TriggerScheduleHandler } from './commands/trigger-schedule.handler.js';
import { ListNextTicksHandler } from './queries/next-ticks.query.js';
import { GetScheduleHandler, ListOccurrencesHandler, ListSchedulesHandler } from './queries/schedule-reads.query.js';
import { ScheduleTable } from './queries/schedule-table.js';
import { calendar } from './schedule.stream.js';

const handlers = [
  ...scheduleHandlers,
  CancelOccurrenceHandler,
  ChangeScheduleHandler,
  CreateScheduleHandler,
  DeclareScheduleHandler,
  DeleteScheduleHandler,
  FireDueHandler,
  FreeUnusedNameHandler,
  RejectOccurrenceHandler,
  SubmitOccurrenceHandler,
  TriggerScheduleHandler,
  GetScheduleHandler,
  ListNextTicksHandler,
  ListOccurrencesHandler,
  ListSchedulesHandler,
];

interface SchedulesDependencies {
  readonly api: pg.Pool;
  readonly source: ReadSource;
  /** Place of the newest event. */
  readonly head: () => Promise<Position | null>;
  readonly jobs: JobReader;
}

/** Schedules: cron rules, and the jobs they submit. Global modules provide the bus of queries, CommandSender, Streams, Clock, Ids and Cursors. */
@Module({})
export class SchedulesModule {
  static on({ api, source, head, jobs }: SchedulesDependencies): DynamicModule {
    return {
      module: SchedulesModule,
      controllers: [SchedulesController, ScheduleReadsController],
      providers: [
        ...handlers,
        { provide: LogEnd, useValue: new LogEnd(head) },
        { provide: ScheduleTable, useValue: new ScheduleTable(source) },
        { provide: ScheduleReading, useValue: new ScheduleReading(jobs, calendar) },
        {
          provide: Uptimes,
          inject: [Clock],
          useFactory: (clock: Clock) => new Uptimes(api, clock),
        },
        {
          provide: ScheduleOwners,
          inject: [Streams],
          useFactory: (streams: Streams) => new ScheduleOwners(streams),
        },
        {
          provide: ScheduleNames,
          inject: [Streams, Clock],
          useFactory: (streams: Streams, clock: Clock) => new ScheduleNames(streams, clock),
        },
      ],
    };
  }
}
