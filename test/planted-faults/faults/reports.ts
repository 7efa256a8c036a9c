import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** A job that finished has an outcome and a report equal to the fold of its events. */
export const reports: readonly PlantedFault[] = [
  {
    name: 'report-of-a-failure-that-is-retried',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `ended?.isFinal === true`,
    instead: `ended != null`,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'is not ready before the job has finished once' },
  },
  {
    name: 'report-keeps-the-attempt-that-never-started',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `attempts.set(data.attempt, waiting(data.attempt, data.queuedAt));`,
    instead: `attempts.set(data.attempt, attempts.get(data.attempt) ?? waiting(data.attempt, data.queuedAt));`,
    noticedBy: {
      spec: 'src/jobs/domain/job.report.spec.ts',
      test: 'begins an attempt anew when its lease ended before its start',
    },
  },
  {
    name: 'outcome-while-a-retry-is-pending',
    breaks: 4,
    file: 'src/jobs/domain/job.view.ts',
    text: `willRetry ? { error } : { error,`,
    instead: `{ error,`,
    noticedBy: { spec: 'src/jobs/domain/job.view.spec.ts', test: 'shows a pending retry, which is not an outcome' },
  },
  {
    name: 'report-without-attempts',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `return [...attempts.values()];`,
    instead: `return [];`,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'tells the outcome, the times and every attempt' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'report-without-its-beginning',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `events: events.map(historyEntryOf),`,
    instead: `events: events.slice(1).map(historyEntryOf),`,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'tells the outcome, the times and every attempt' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'report-of-another-duration',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `durationMs: between(startedAt, finishedAt), queueWaitMs };`,
    instead: `durationMs: between(assignedAt, finishedAt), queueWaitMs };`,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'tells the outcome, the times and every attempt' },
    foundBy: { invariant: 'misread', args: brief },
  },
  {
    name: 'report-with-its-end-first',
    breaks: 4,
    file: 'src/jobs/domain/job.report.ts',
    text: `    events: events.map(historyEntryOf),
  };`,
    instead: `    events: events.map(historyEntryOf).reverse(),
  };`,
    noticedBy: { spec: 'src/jobs/domain/job.report.spec.ts', test: 'tells the outcome, the times and every attempt' },
    foundBy: { invariant: 'misread', args: brief },
  },
];
