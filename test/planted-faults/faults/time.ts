import { type PlantedFault } from '../planted-fault.js';
import { brief } from '../simulations.js';

/** No job starts before its time; a schedule's occurrence yields exactly one job. */
export const time: readonly PlantedFault[] = [
  {
    name: 'deferred-job-queued-early',
    breaks: 5,
    file: 'src/jobs/domain/submit.ts',
    text: `executionAt !== null && due < executionAt ? []`,
    instead: `executionAt !== null && due < executionAt - 1 ? []`,
    noticedBy: { spec: 'src/jobs/domain/submit.spec.ts', test: 'is not queued a millisecond early' },
  },
  {
    name: 'job-leased-early',
    breaks: 5,
    file: 'src/jobs/domain/lease.ts',
    text: `if (due < dueAt) throw`,
    instead: `if (due < dueAt - 60_000) throw`,
    noticedBy: { spec: 'src/jobs/domain/lease.spec.ts', test: 'is refused before the job is due, whoever queued it' },
  },
  {
    name: 'retry-early',
    breaks: 5,
    file: 'src/jobs/domain/retry.ts',
    text: `job.pendingRetry.attempt !== attempt || due < job.pendingRetry.retryAt`,
    instead: `job.pendingRetry.attempt !== attempt`,
    noticedBy: { spec: 'src/jobs/domain/retry.spec.ts', test: 'does nothing early' },
  },
  {
    name: 'tick-fired-early',
    breaks: 5,
    file: 'src/schedules/domain/schedule.decider.ts',
    text: `  accounting.catchUp(due, outages);
  keepTimerOf(accounting);`,
    instead: `  accounting.catchUp(due + 1, outages);
  keepTimerOf(accounting);`,
    noticedBy: {
      spec: 'src/schedules/domain/schedule.decider.spec.ts',
      test: 'fires one occurrence when it is due, and none before',
    },
  },
  {
    name: 'interval-made-up-for-where-clocks-skip-it',
    breaks: 5,
    file: 'src/schedules/cron/cron-calendar.ts',
    text: `if (isSkipped && pattern.isTimeOfDay) return from;`,
    instead: `if (isSkipped) return from;`,
    noticedBy: {
      spec: 'test/properties/cron.spec.ts',
      test: 'makes up for nothing where minute or hour has a wildcard, a range or a step',
    },
  },
  {
    name: 'stepped-star-read-as-days-of-its-own',
    breaks: 5,
    file: 'src/schedules/cron/cron-expression.ts',
    text: `isAny(field) || field.startsWith('*')`,
    instead: `isAny(field) || field === '*'`,
    noticedBy: { spec: 'test/properties/cron.spec.ts', test: 'needs both fields of days where one begins with a star' },
  },
  {
    name: 'name-of-a-declared-schedule-not-shared',
    breaks: 5,
    file: 'src/schedules/commands/schedule-names.ts',
    text: `      return { scheduleId: error.scheduleId, takenAt: error.takenAt };`,
    instead: `      return { scheduleId, takenAt: error.takenAt };`,
    noticedBy: {
      spec: 'src/schedules/commands/declare-schedule.handler.spec.ts',
      test: 'makes one schedule, however many nodes declare it at once',
    },
  },
  {
    name: 'occurrence-with-a-job-of-its-own-each-time',
    breaks: 5,
    file: 'src/schedules/schedule.stream.ts',
    text: `derivedId('occurrence', scheduleId, dueAt)`,
    instead: `derivedId('occurrence', scheduleId, dueAt, process.pid)`,
    noticedBy: {
      spec: 'src/schedules/schedule.stream.spec.ts',
      test: 'is named by its schedule and its instant, on every node and for ever',
    },
  },
  {
    name: 'deferred-job-queued-at-its-submit',
    breaks: 5,
    file: 'src/jobs/domain/submit.ts',
    text: `if (definition.jobType === 'DEFERRED') return [asked];`,
    instead: ``,
    noticedBy: { spec: 'src/jobs/domain/submit.spec.ts', test: 'only creates a deferred job' },
    foundBy: { invariant: 'early', args: brief },
  },
  {
    name: 'backoff-three-times-as-long',
    breaks: 5,
    file: 'src/jobs/domain/backoff.ts',
    text: `? jitter * capMs : capMs)`,
    instead: `? jitter * capMs * 3 : capMs)`,
    noticedBy: { spec: 'src/jobs/domain/backoff.spec.ts', test: 'is spread over the whole range with full jitter' },
    foundBy: { invariant: 'waits', args: brief },
  },
  {
    name: 'step-counted-from-one',
    breaks: 5,
    file: 'src/schedules/cron/cron-field.ts',
    text: `if (lowText === undefined) return valuesBetween(first, last, step, field);`,
    instead: `if (lowText === undefined) return valuesBetween(step === 1 ? first : first + 1, last, step, field);`,
    noticedBy: { spec: 'test/properties/cron.spec.ts', test: 'needs both fields of days where one begins with a star' },
    foundBy: { invariant: 'ticked', args: brief },
  },
  {
    name: 'job-of-a-tick-under-another-id',
    breaks: 5,
    file: 'src/schedules/sagas/fired-occurrences.saga.ts',
    text: `const submit = new SubmitOccurrence(scheduleId, version, jobId);`,
    instead: `const submit = new SubmitOccurrence(scheduleId, version, jobId.replace(/.$/, (last) => (last === '0' ? '1' : '0')));`,
    noticedBy: {
      spec: 'src/schedules/sagas/schedule-sagas.spec.ts',
      test: 'gets its job, and ends those it takes the place of',
    },
    foundBy: { invariant: 'scheduled', args: brief },
  },
  {
    name: 'wish-of-the-worker-not-heeded',
    breaks: 5,
    file: 'src/jobs/domain/backoff.ts',
    text: `if (retryAfterMs !== null) return`,
    instead: `if (retryAfterMs === 0) return`,
    noticedBy: { spec: 'src/jobs/domain/backoff.spec.ts', test: 'is what the worker wishes, within a day' },
    foundBy: { invariant: 'waits', args: brief },
  },
];
