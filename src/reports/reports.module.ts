import { type DynamicModule, Module } from '@nestjs/common';
import { type ReadSource } from '../platform/postgres/read-source.js';
import { ReportsController } from './api/reports.controller.js';
import { GetSummaryHandler } from './queries/get-summary.query.js';
import { SummaryTable } from './queries/summary-table.js';
import { ReportTurns } from './queries/report-turns.js';

/** Fewer than the read side has connections, so that lists are read while reports are made. */
const reportsAtOnce = 3;
const maxWaiting = 50;

/** Questions about many jobs at once. Global modules provide the bus of queries and Clock. */
@Module({})
export class ReportsModule {
  static on(source: ReadSource): DynamicModule {
    return {
      module: ReportsModule,
      controllers: [ReportsController],
      providers: [
        GetSummaryHandler,
        { provide: SummaryTable, useValue: new SummaryTable(source) },
        { provide: ReportTurns, useValue: new ReportTurns(reportsAtOnce, maxWaiting) },
      ],
    };
  }
}
