import { describe, expect, it } from '@jest/globals';
import { fold } from '../../src/kernel/decider.js';
import { Refusal } from '../../src/kernel/refusal.js';
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
import { jobDecider } from '../../src/jobs/domain/job.decider.js';
import { type JobEvent, type JobState, nextStateOf, prevStateOf } from '../../src/jobs/domain/job.events.js';
import { type Job } from '../../src/jobs/domain/job.state.js';
import {
  assigned,
  canceled,
  created,
  definition,
  failed,
  progressed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
  unleased,
} from '../support/job-events.js';

const states = ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'] as const;

/** The table of allowed steps, written out once more: a change of the one has to mean the other. */
const allowed: Readonly<Record<JobState, readonly JobState[]>> = {
  CREATED: ['QUEUED', 'CANCELED'],
  QUEUED: ['ASSIGNED', 'CANCELED'],
  ASSIGNED: ['RUNNING', 'QUEUED', 'CANCELED'],
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELED'],
  SUCCEEDED: [],
  FAILED: ['QUEUED'],
  CANCELED: [],
};

const deadlines = { queueDeadlineAt: 50_000, totalDeadlineAt: 60_000 };
const waiting = [created(), queued()];
const held = [...waiting, assigned()];
const running = [...held, started()];
const deferred = created({ jobType: 'DEFERRED', executionAt: 9_000 });

/** Several ways to be in every state. */
const histories: Readonly<Record<JobState, readonly (readonly JobEvent[])[]>> = {
  CREATED: [[deferred], [created()]],
  QUEUED: [
    waiting,
    [deferred, queued({ reason: 'due' })],
    [created(), queued(deadlines)],
    [...held, queued({ reason: 'lease_expired' })],
    [...running, failed(), retryScheduled(), queued({ reason: 'retry', attempt: 2 })],
  ],
  ASSIGNED: [held, [created(), queued(deadlines), assigned()]],
  RUNNING: [running, [...running, progressed()], [created(), queued(deadlines), assigned(), started()]],
  SUCCEEDED: [[...running, succeeded()]],
  FAILED: [
    [...running, failed(), retryScheduled()],
    [...running, failed({ willRetry: false }), retriesExhausted()],
    [...running, failed({ retryable: false, willRetry: false })],
    [created(), queued(deadlines), assigned(), started(), failed(), retryScheduled({ retryAt: 70_000 })],
  ],
  CANCELED: [
    [created(), canceled({}, null)],
    [...waiting, canceled({}, unleased)],
    [...held, canceled({}, { startedAt: null })],
    [...running, canceled()],
  ],
};

const both = [true, false];
const error = { code: null, message: 'no' };
const anyLease = ['l1', 'l2'].flatMap((leaseId): readonly JobCommand[] => [
  ...both.map((start) => new LeaseJob('j1', leaseId, 'w1', 30_000, start)),
  new StartJob('j1', leaseId),
  new ReportProgress('j1', leaseId, 50, null),
  new RecordProgress('j1', leaseId, 60, null, 0),
  new CompleteJob('j1', leaseId, null),
  ...both.map((retryable) => new FailJob('j1', leaseId, error, retryable, null, 'error', 0.5)),
  new FailJob('j1', leaseId, error, false, null, 'definition_missing', 0.5),
  new ReleaseJob('j1', leaseId, null, 0.5),
  new WithdrawLease('j1', leaseId),
  new ExpireLease('j1', leaseId, 0.5),
]);
const commands: readonly JobCommand[] = [
  ...['f1', 'f2'].map((fingerprint) => new SubmitJob('j1', 'c1', definition, 'k1', fingerprint)),
  new QueueDueJob('j1'),
  ...anyLease,
  ...[1, 2, 3].flatMap((attempt) => [new QueueRetry('j1', attempt), new ExpireQueueTime('j1', attempt)]),
  ...both.map((force) => new RetryJob('j1', force, null)),
  new CancelJob('j1', null),
  new ExpireTotalTime('j1'),
];
const instants = [0, 150, 8_999, 9_000, 40_000, 65_000, 500_000];

const remarks: readonly JobEvent['type'][] = ['JobProgressed', 'JobRetryScheduled', 'JobRetriesExhausted'];

type Step = Readonly<{ from: Job; to: Job; event: JobEvent }>;

/** Every single step that some command takes from this history at some instant. */
function stepsFrom(history: readonly JobEvent[]): readonly Step[] {
  const start = fold(jobDecider, history);
  return commands.flatMap((command) =>
    instants.flatMap((at) => {
      let from = start;
      return decided(command, start, at).map((event) => {
        const step = { from, to: jobDecider.evolve(from, event), event };
        from = step.to;
        return step;
      });
    }),
  );
}

function decided(command: JobCommand, job: Job, at: number): readonly JobEvent[] {
  try {
    return jobDecider.decide(command, job, at);
  } catch (refusal) {
    if (refusal instanceof Refusal) return [];
    throw refusal;
  }
}

const steps = states.flatMap((state) => histories[state].flatMap(stepsFrom));
const taken = new Set(
  steps.filter(({ event }) => !remarks.includes(event.type)).map(({ from, to }) => `${from.state} ${to.state}`),
);

describe('the states of a job', () => {
  it.each(states.map((state) => [state]))('are all built here: %s', (state) => {
    for (const history of histories[state]) expect(fold(jobDecider, history).state).toBe(state);
  });

  it.each(states.flatMap((from) => states.map((to) => [from, allowed[from].includes(to) ? 'goes' : 'never goes', to])))(
    'keep to the table: %s %s to %s',
    (from, goes, to) => {
      expect(taken.has(`${from} ${to}`)).toBe(goes === 'goes');
    },
  );

  it('begin with CREATED', () => {
    const first = stepsFrom([]).filter(({ from }) => from.state === 'NONE');
    expect(new Set(first.map(({ to }) => to.state))).toEqual(new Set(['CREATED']));
  });

  it('can be told from each event alone', () => {
    for (const { from, to, event } of [...steps, ...stepsFrom([])]) {
      expect(prevStateOf(event)).toBe(from.state === 'NONE' ? null : from.state);
      expect(nextStateOf(event)).toBe(to.state);
    }
  });

  it('are left by no remark', () => {
    for (const { from, to, event } of steps) {
      if (remarks.includes(event.type)) expect(to.state).toBe(from.state);
    }
  });
});
