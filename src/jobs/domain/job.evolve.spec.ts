import { describe, expect, it } from '@jest/globals';
import {
  assigned,
  canceled,
  created,
  failed,
  queued,
  retryScheduled,
  started,
  succeeded,
  unleased,
} from '../../../test/support/job-events.js';
import { fold } from '../../kernel/decider.js';
import { jobDecider } from './job.decider.js';
import { type JobEvent } from './job.events.js';
import { isExisting, isOver } from './job.state.js';

const ready = [created(), queued()];
const running = [...ready, assigned(), started()];
const after = (...events: JobEvent[]) => fold(jobDecider, events);
const again = queued({ reason: 'retry', attempt: 2 });
const second = [again, assigned({ attempt: 2, leaseId: 'l2' }), started({ attempt: 2, leaseId: 'l2' })];

describe('what is known of a job', () => {
  it.each([
    [queued({ reason: 'released' }), 'released'],
    [queued({ reason: 'lease_expired' }), 'expired'],
  ] as const)('is how a lease ended before the start: %j', (event, end) => {
    expect(after(...ready, assigned(), event)).toMatchObject({ attempts: { lastLease: { leaseId: 'l1', end } } });
  });

  it.each([
    ['error', 'failed'],
    ['definition_missing', 'failed'],
    ['interrupted', 'released'],
    ['timeout', 'expired'],
    ['worker_lost', 'expired'],
  ] as const)('is how a lease ended: %s, %s', (reason, end) => {
    expect(after(...running, failed({ reason }))).toMatchObject({ attempts: { lastLease: { leaseId: 'l1', end } } });
  });

  it('is what had been tried when it was cancelled', () => {
    expect(after(created(), canceled({}, null))).toMatchObject({ state: 'CANCELED', attempts: null });
    expect(after(...ready, canceled({}, unleased))).toMatchObject({ attempts: { number: 1, lastLease: null } });
    const lastLease = { leaseId: 'l1', end: 'canceled' };
    expect(after(...ready, assigned(), canceled({}, { startedAt: null }))).toMatchObject({ attempts: { lastLease } });
    expect(after(...running, canceled())).toMatchObject({ attempts: { lastLease } });
  });

  it('is when its lease began, by the clock that ends it', () => {
    const lease = { assignedAt: 60_100, beganAt: 100, expiresAt: 30_100 };
    expect(after(...ready, assigned({ assignedAt: 60_100 }))).toMatchObject({ lease });
  });

  it('is when a retry was due that came at its time, to the instant', () => {
    const pending = [...running, failed(), retryScheduled({ retryAt: 6_000 })];
    const dueAt = [5_999, 6_000, 6_001].map((queuedAt) => {
      const job = after(...pending, queued({ ...again.data, queuedAt }));
      return job.state === 'QUEUED' && job.attempts.notBefore;
    });
    expect(dueAt).toEqual([null, 6_000, 6_000]);
  });

  it('is how many interruptions came in a row, which every other end breaks off', () => {
    const interrupted = [...running, failed({ reason: 'interrupted', charged: false }), ...second];
    const rowAfter = (changes: Partial<ReturnType<typeof failed>['data']>) => {
      const job = after(...interrupted, failed({ attempt: 2, leaseId: 'l2', ...changes }));
      return job.state === 'FAILED' && job.attempts.interruptedInARow;
    };
    expect(rowAfter({ reason: 'interrupted' })).toBe(2);
    expect(rowAfter({})).toBe(0);
    // The words of a worker, which an engine would have meant otherwise.
    expect(rowAfter({ error: { code: 'undelivered', message: 'The letter came back.' } })).toBe(0);
    const undelivered = { code: 'undelivered', message: 'No worker was given the lease.' };
    expect(rowAfter({ reason: 'interrupted', error: undelivered })).toBe(1);
  });
});

describe('a job is over', () => {
  it.each<[readonly JobEvent[], boolean]>([
    [[created()], false],
    [ready, false],
    [[...ready, assigned()], false],
    [running, false],
    [[...running, succeeded()], true],
    [[...running, canceled()], true],
    [[...running, failed({ willRetry: false })], true],
    [[...running, failed(), retryScheduled()], false],
  ])('once nothing happens to it by itself: %j', (events, isSo) => {
    const job = after(...events);
    expect(isExisting(job) && isOver(job)).toBe(isSo);
  });
});
