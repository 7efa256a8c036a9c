import { describe, expect, it } from '@jest/globals';
import {
  assigned,
  canceled,
  created,
  erased,
  failed,
  progressed,
  queued,
  recorded,
  retryScheduled,
  started,
  succeeded,
  timeOf,
  unleased,
} from '../../../test/support/job-events.js';
import { type JobEvent } from './job.events.js';
import { reportOf } from './job.report.js';

const report = (...events: JobEvent[]) => reportOf(recorded(events, timeOf));
const running = [created(), queued(), assigned(), started()];
const retried = [
  ...[...running, failed(), retryScheduled()],
  queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 }),
  assigned({ attempt: 2, leaseId: 'l2', workerId: 'w2', assignedAt: 6_100 }),
  started({ attempt: 2, leaseId: 'l2', workerId: 'w2', startedAt: 6_200 }),
];
const second = { attempt: 2, leaseId: 'l2', workerId: 'w2', queuedAt: 6_000, assignedAt: 6_100, startedAt: 6_200 };

describe('the report of a job', () => {
  it('is not ready before the job has finished once', () => {
    expect(report()).toBeNull();
    expect(report(...running)).toBeNull();
    expect(report(...retried)).toBeNull();
  });

  it('tells the outcome, the times and every attempt', () => {
    const { events, ...rest } = report(...retried, succeeded({ ...second, finishedAt: 9_000 })) ?? {};
    expect(rest).toEqual({
      jobId: 'j1',
      outcome: 'SUCCESS',
      attempt: 2,
      startedAt: 6_200,
      finishedAt: 9_000,
      durationMs: 2_800,
      queueWaitMs: 100,
      attempts: [
        {
          ...{ attempt: 1, workerId: 'w1', queuedAt: 0, assignedAt: 100, startedAt: 200, finishedAt: 5_000 },
          ...{ durationMs: 4_800, outcome: 'FAILED', charged: true, error: { code: 'SMTP', message: 'no answer' } },
        },
        {
          ...{ attempt: 2, workerId: 'w2', queuedAt: 6_000, assignedAt: 6_100, startedAt: 6_200, finishedAt: 9_000 },
          ...{ durationMs: 2_800, outcome: 'SUCCESS', charged: true, error: null },
        },
      ],
    });
    expect(events?.map(({ eventName, prevState, nextState }) => [eventName, prevState, nextState])).toEqual([
      ['JobCreated', null, 'CREATED'],
      ['JobQueued', 'CREATED', 'QUEUED'],
      ['JobAssigned', 'QUEUED', 'ASSIGNED'],
      ['JobStarted', 'ASSIGNED', 'RUNNING'],
      ['JobFailed', 'RUNNING', 'FAILED'],
      ['JobRetryScheduled', 'FAILED', 'FAILED'],
      ['JobQueued', 'FAILED', 'QUEUED'],
      ['JobAssigned', 'QUEUED', 'ASSIGNED'],
      ['JobStarted', 'ASSIGNED', 'RUNNING'],
      ['JobSucceeded', 'RUNNING', 'SUCCEEDED'],
    ]);
  });

  it('begins an attempt anew when its lease ended before its start', () => {
    const events = [created(), queued(), assigned(), queued({ reason: 'lease_expired', queuedAt: 30_100 })];
    const finish = canceled({ finishedAt: 31_000 }, { ...unleased, queuedAt: 30_100 });
    expect(report(...events, finish)).toMatchObject({
      outcome: 'CANCELED',
      startedAt: null,
      durationMs: null,
      queueWaitMs: 900,
      attempts: [
        { attempt: 1, workerId: null, queuedAt: 30_100, assignedAt: null, outcome: 'CANCELED', charged: false },
      ],
    });
  });

  it('has no attempt of a job that was cancelled before its time', () => {
    const nothing = { attempt: 0, queueWaitMs: null, attempts: [] };
    expect(report(created(), canceled({}, null))).toMatchObject({ outcome: 'CANCELED', ...nothing });
  });

  it('stays while the job is tried again after its end', () => {
    const events = [...running, failed({ willRetry: false }), queued({ reason: 'retry', attempt: 2, queuedAt: 9_000 })];
    expect(report(...events)).toMatchObject({ outcome: 'FAILED', attempt: 1, attempts: [{}, { outcome: null }] });
  });

  it('goes on to tell of an attempt that comes after the end', () => {
    const tried = [
      ...[...running, failed({ willRetry: false }), queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 })],
      ...[assigned({ attempt: 2, assignedAt: 6_100 }), started({ attempt: 2, startedAt: 6_200 })],
      progressed({ attempt: 2, reportedAt: 6_300 }),
    ];
    expect(report(...tried)?.attempts[1]).toMatchObject({ assignedAt: 6_100, startedAt: 6_200, finishedAt: null });
  });

  it('says which attempts count, and of one that goes on not yet', () => {
    const interrupted = failed({ reason: 'interrupted', charged: false, willRetry: true });
    const again = queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 });
    const charged = (...events: Parameters<typeof report>) => report(...events)?.attempts.map((each) => each.charged);
    expect(charged(...running, failed({ charged: true, willRetry: false }))).toEqual([true]);
    expect(charged(...running, interrupted, again, canceled({}, { attempt: 2 }))).toEqual([false, false]);
    expect(charged(...running, failed({ willRetry: false }), again)).toEqual([true, null]);
  });

  it('tells of no attempt that it has not seen begin', () => {
    expect(report(created(), assigned(), started(), succeeded())?.attempts).toEqual([]);
  });

  it('is gone when the job is erased', () => {
    expect(report(...running, succeeded(), erased())).toBeNull();
  });

  it('never tells a negative time', () => {
    expect(report(...running, succeeded({ finishedAt: 150 }))).toMatchObject({ durationMs: 0 });
  });
});
