import { type Fault, type History, type Invariant } from '../history.js';
import { faultsOfCounts } from '../reads/count-faults.js';
import { faultsOfJobs } from '../reads/job-faults.js';
import { faultsOfLists } from '../reads/list-faults.js';
import { faultsOfReports } from '../reads/report-faults.js';

export const misread: Invariant = {
  name: 'misread',
  promise:
    'Lists show each job once, the newest first; jobs, their past, their events, reports and counts are shown as the log has them.',

  casesIn: ({ listed }: History): number => listed?.length ?? 0,

  *faultsIn(history: History): Iterable<Fault> {
    if (history.listed === null) return;
    yield* faultsOfLists(history);
    yield* faultsOfReports(history);
    yield* faultsOfJobs(history);
    yield* faultsOfCounts(history);
  },
};
