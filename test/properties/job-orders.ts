import fc from 'fast-check';
import {
  CancelJob,
  CompleteJob,
  ExpireLease,
  ExpireQueueTime,
  ExpireTotalTime,
  FailJob,
  type JobCommand,
  LeaseJob,
  QueueDueJob,
  QueueRetry,
  ReleaseJob,
  RecordProgress,
  ReportProgress,
  RetryJob,
  StartJob,
  SubmitJob,
  WithdrawLease,
} from '../../src/jobs/domain/job.commands.js';
import { type JobDefinition } from '../../src/jobs/domain/job.events.js';
import { definition } from '../support/job-events.js';
import { type ModelJob } from './job-model.js';

/** A command made when its turn comes, so that it can name the lease that is live then. */
export type Order = (model: ModelJob) => JobCommand;
export type Turn = Readonly<{ order: Order; afterMs: number }>;

const whichLease = fc.constantFrom('live', 'live', 'live', 'live', 'last', 'other');
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const error = { code: null, message: 'no' };

function leaseOf(which: string, model: ModelJob): string {
  if (which === 'live') return model.lease ?? `l${model.leases + 1}`;
  return which === 'last' ? (model.lastLease ?? 'none') : 'other';
}

const underLease = (make: (leaseId: string, random: number, flag: boolean) => JobCommand): fc.Arbitrary<Order> =>
  fc.tuple(whichLease, random, fc.boolean()).map(([which, drawn, flag]) => {
    return (model: ModelJob) => make(leaseOf(which, model), drawn, flag);
  });
const always = (...makes: readonly Order[]): fc.Arbitrary<Order> => fc.constantFrom(...makes);

export const submission = (asked: JobDefinition, fingerprint = 'f1') =>
  new SubmitJob('j1', 'c1', asked, 'k1', fingerprint);

const order: fc.Arbitrary<Order> = fc.oneof(
  {
    weight: 1,
    arbitrary: always(
      () => submission(definition),
      () => submission(definition, 'f2'),
    ),
  },
  { weight: 4, arbitrary: always(() => new QueueDueJob('j1')) },
  { weight: 12, arbitrary: underLease((id, _, start) => new LeaseJob('j1', id, `w-${id}`, 30_000, start)) },
  { weight: 6, arbitrary: underLease((id) => new StartJob('j1', id)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(null, 10, 99, 100), fc.constantFrom(null, 'half'))
      .chain(([percent, message]) => underLease((id) => new ReportProgress('j1', id, percent, message))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(null, 50), fc.constantFrom(0, 1_000, 5_000))
      .chain(([percent, after]) => underLease((id) => new RecordProgress('j1', id, percent, null, after))),
  },
  { weight: 1, arbitrary: underLease((id) => new CompleteJob('j1', id, null)) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(null, null, 0, 5_000)
      .chain((wish) => underLease((id, drawn) => new FailJob('j1', id, error, true, wish, 'error', drawn))),
  },
  {
    weight: 1,
    arbitrary: underLease((id, drawn) => new FailJob('j1', id, error, false, null, 'definition_missing', drawn)),
  },
  { weight: 8, arbitrary: underLease((id, drawn) => new ReleaseJob('j1', id, null, drawn)) },
  { weight: 4, arbitrary: underLease((id) => new WithdrawLease('j1', id)) },
  { weight: 8, arbitrary: underLease((id, drawn) => new ExpireLease('j1', id, drawn)) },
  {
    weight: 8,
    arbitrary: always(
      (model) => new QueueRetry('j1', model.attempt + 1),
      (model) => new QueueRetry('j1', model.attempt),
    ),
  },
  { weight: 2, arbitrary: fc.boolean().map((force) => () => new RetryJob('j1', force, null)) },
  {
    weight: 1,
    arbitrary: always(() => new CancelJob('j1', null)),
  },
  {
    weight: 1,
    arbitrary: always(
      (model) => new ExpireQueueTime('j1', model.attempt),
      () => new ExpireTotalTime('j1'),
    ),
  },
);

/** Now and then the clock steps back a little, as it may. */
const afterMs = fc.constantFrom(0, 1, 500, 1_000, 5_000, 30_000, 30_000, 130_000, -500);
const turn: fc.Arbitrary<Turn> = fc.record({ order, afterMs });

const leaseAndStart: Order = (model) => new LeaseJob('j1', leaseOf('live', model), 'w', 30_000, true);
const laps: Readonly<Record<string, readonly Turn[]>> = {
  lost: [
    { order: leaseAndStart, afterMs: 0 },
    { order: (model) => new ExpireLease('j1', leaseOf('live', model), 0.5), afterMs: 30_000 },
    { order: (model) => new QueueRetry('j1', model.attempt + 1), afterMs: 300_000 },
  ],
  interrupted: [
    { order: leaseAndStart, afterMs: 0 },
    { order: (model) => new ReleaseJob('j1', leaseOf('live', model), null, 0.5), afterMs: 1 },
  ],
  failed: [
    { order: leaseAndStart, afterMs: 0 },
    { order: (model) => new FailJob('j1', leaseOf('live', model), error, true, null, 'error', 0.5), afterMs: 1 },
    { order: (model) => new QueueRetry('j1', model.attempt + 1), afterMs: 300_000 },
  ],
};
/** Whole attempts with the same end, several in a row: single random turns all but never string three together. */
const streak: fc.Arbitrary<readonly Turn[]> = fc
  .tuple(fc.constantFrom('lost', 'interrupted', 'failed'), fc.integer({ min: 1, max: 12 }))
  .map(([end, times]) => Array.from({ length: times }, () => laps[end] ?? []).flat());
export const turns: fc.Arbitrary<readonly Turn[]> = fc.oneof(
  fc.array(turn, { maxLength: 120, size: 'max' }),
  fc
    .array(fc.oneof({ weight: 4, arbitrary: turn.map((each) => [each]) }, { weight: 1, arbitrary: streak }), {
      maxLength: 20,
      size: 'max',
    })
    .map((parts) => parts.flat()),
);

export const asked: fc.Arbitrary<JobDefinition> = fc
  .record({
    deferred: fc.boolean(),
    executionAt: fc.nat(100_000),
    maxAttempts: fc.integer({ min: 1, max: 6 }),
    jitter: fc.constantFrom('full', 'none'),
    queueMs: fc.constantFrom(null, null, 20_000, 200_000),
    totalMs: fc.constantFrom(null, null, 60_000, 600_000),
    executionMs: fc.constantFrom(20_000, 120_000),
  })
  .map(({ deferred, executionAt, maxAttempts, jitter, queueMs, totalMs, executionMs }) => ({
    ...definition,
    ...(deferred ? { jobType: 'DEFERRED', executionAt } : {}),
    retry: { ...definition.retry, maxAttempts, jitter },
    timeouts: { executionMs, queueMs, totalMs },
  }));
