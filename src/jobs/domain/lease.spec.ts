import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import {
  assigned,
  canceled,
  created,
  failed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
} from '../../../test/support/job-events.js';
import { ExpireLease, LeaseJob, ReleaseJob, StartJob, WithdrawLease } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { AttemptOver, JobConflict, JobNotFound, JobUntimely, LeaseLost } from './job.refusals.js';

const given = specFor(jobDecider);
const lease = (leaseId = 'l1', start = false) => new LeaseJob('j1', leaseId, 'w1', 30_000, start);
const ready = [created(), queued()];
const waiting = [...ready, assigned()];
const running = [...waiting, started()];

describe('leasing a job', () => {
  it('gives it to one worker for a time', () => {
    given(...ready)
      .when(lease(), 100)
      .then(assigned());
  });

  it('starts it in the same step when asked to', () => {
    given(...ready)
      .when(lease('l1', true), 100)
      .then(assigned(), started({ startedAt: 100, expiresAt: 30_100, deadlineAt: 120_100 }));
  });

  it('changes nothing when told twice', () => {
    given(...waiting)
      .when(lease(), 100)
      .thenNothing();
    given(...running)
      .when(lease('l1', true), 100)
      .thenNothing();
  });

  it('is refused to a second worker', () => {
    given(...waiting)
      .when(lease('l2'), 100)
      .thenRefused(JobConflict);
    given(...running)
      .when(lease('l2'), 100)
      .thenRefused(JobConflict);
  });

  it('is refused for a job that is not queued', () => {
    given(created())
      .when(lease())
      .thenRefused(JobConflict, 'Job j1 is CREATED; only a job that is QUEUED allows this.');
    given(...running, succeeded())
      .when(lease('l2'))
      .thenRefused(JobConflict);
    given().when(lease()).thenRefused(JobNotFound);
  });

  it('is refused for an attempt that is over, though the job is queued again', () => {
    const tried = [created(), queued(), assigned(), started(), failed(), retryScheduled({ retryAt: 6_000 })];
    const history = [...tried, queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 })];
    const of = (attempt: number): LeaseJob => new LeaseJob('j1', 'l2', 'w1', 30_000, false, attempt);
    given(...history)
      .when(of(1), 7_000)
      .thenRefused(AttemptOver, 'Attempt 1');
    given(...history)
      .when(of(2), 7_000)
      .then(assigned({ leaseId: 'l2', attempt: 2, assignedAt: 7_000, expiresAt: 37_000 }));
  });

  it('is refused before the job is due, whoever queued it', () => {
    const history = [created({ executionAt: 9_000 }), queued()];
    given(...history)
      .when(lease(), 8_999)
      .thenRefused(JobUntimely, 'not due yet');
    given(...history)
      .when(lease(), 9_000)
      .then(assigned({ assignedAt: 9_000, expiresAt: 39_000 }));
  });

  it('waits for the time of an automatic retry, also where the clock was set back after it was queued', () => {
    const tried = [created(), queued(), assigned(), started(), failed(), retryScheduled({ retryAt: 6_000 })];
    const history = (queuedAt: number) => [...tried, queued({ reason: 'retry', attempt: 2, queuedAt })];
    given(...history(66_000))
      .when(lease('l2'), 5_999)
      .thenRefused(JobUntimely, 'not due yet');
    given(...history(66_000))
      .when(lease('l2'), 6_000)
      .then(assigned({ attempt: 2, leaseId: 'l2', assignedAt: 6_000, expiresAt: 36_000 }));
    // One that was asked for has no time to wait for.
    given(...history(5_000))
      .when(lease('l2'), 5_000)
      .then(assigned({ attempt: 2, leaseId: 'l2', assignedAt: 5_000, expiresAt: 35_000 }));
  });

  it('is refused past the deadline of the queue', () => {
    const history = [created(), queued({ queueDeadlineAt: 1_000 })];
    given(...history)
      .when(lease(), 1_000)
      .thenRefused(JobUntimely, 'past its deadline');
    given(...history)
      .when(lease(), 999)
      .then(assigned({ assignedAt: 999, expiresAt: 30_999 }));
  });

  it('never gives a lease out again', () => {
    given(...waiting, queued({ reason: 'lease_expired' }))
      .when(lease('l1'))
      .thenRefused(LeaseLost);
  });
});

describe('starting a job', () => {
  it('sets the deadline of the attempt', () => {
    given(...waiting)
      .when(new StartJob('j1', 'l1'), 200)
      .then(started());
  });

  it('never promises the lease beyond that deadline', () => {
    const history = [created({ timeouts: { executionMs: 5_000, queueMs: null, totalMs: null } }), queued(), assigned()];
    given(...history)
      .when(new StartJob('j1', 'l1'), 200)
      .then(started({ expiresAt: 5_200, deadlineAt: 5_200 }));
  });

  it('counts as long as nothing has expired the lease', () => {
    given(...waiting)
      .when(new StartJob('j1', 'l1'), 40_000)
      .then(started({ startedAt: 40_000, expiresAt: 70_000, deadlineAt: 160_000 }));
  });

  it('changes nothing when told twice', () => {
    given(...running)
      .when(new StartJob('j1', 'l1'), 300)
      .thenNothing();
  });

  it('is refused under any other lease', () => {
    given(...waiting)
      .when(new StartJob('j1', 'l0'))
      .thenRefused(LeaseLost);
    given(...ready)
      .when(new StartJob('j1', 'l1'))
      .thenRefused(LeaseLost);
    given(...running, succeeded())
      .when(new StartJob('j1', 'l1'))
      .thenRefused(LeaseLost);
    given().when(new StartJob('j1', 'l1')).thenRefused(JobNotFound);
  });
});

describe('a lease that runs out', () => {
  const expire = new ExpireLease('j1', 'l1', 0.5);

  it('gives an unstarted job back, in the same attempt', () => {
    given(...waiting)
      .when(expire, 30_100)
      .then(queued({ reason: 'lease_expired', queuedAt: 30_100 }));
  });

  it('gives a queue deadline anew and keeps the total one', () => {
    const timeouts = { executionMs: 120_000, queueMs: 1_000, totalMs: 90_000 };
    const history = [created({ timeouts }), queued({ queueDeadlineAt: 1_000, totalDeadlineAt: 90_000 }), assigned()];
    given(...history)
      .when(expire, 30_100)
      .then(queued({ reason: 'lease_expired', queuedAt: 30_100, queueDeadlineAt: 31_100, totalDeadlineAt: 90_000 }));
  });

  it('fails a running job as worker_lost and schedules its retry', () => {
    given(...running)
      .when(expire, 30_200)
      .then(
        failed({
          reason: 'worker_lost',
          error: { code: 'worker_lost', message: 'Worker w1 stopped sending heartbeats.' },
          finishedAt: 30_200,
        }),
        retryScheduled({ retryAt: 30_700 }),
      );
  });

  it('fails a running job as timeout when its attempt has had its time', () => {
    given(...running)
      .when(expire, 120_200)
      .then(
        failed({
          reason: 'timeout',
          error: { code: 'timeout', message: 'It ran longer than 120000 ms.' },
          finishedAt: 120_200,
        }),
        retryScheduled({ retryAt: 120_700 }),
      );
  });

  it('is left alone by a timer that fires early', () => {
    given(...waiting)
      .when(expire, 30_099)
      .thenNothing();
    given(...running)
      .when(expire, 30_199)
      .thenNothing();
  });

  it('is left alone by a timer of another lease', () => {
    const other = new ExpireLease('j1', 'l0', 0.5);
    given(...waiting)
      .when(other, 99_000)
      .thenNothing();
    given(...running)
      .when(other, 99_000)
      .thenNothing();
    given().when(expire, 99_000).thenNothing();
    given(...running, succeeded())
      .when(expire, 99_000)
      .thenNothing();
  });

  it('ends the job when the third worker in a row is lost', () => {
    const lost = { reason: 'worker_lost', error: { code: 'worker_lost', message: '' } } as const;
    const again = (attempt: number) => [
      failed({ ...lost, attempt: attempt - 1, leaseId: `l${attempt - 1}` }),
      retryScheduled({ attempt }),
      queued({ reason: 'retry', attempt }),
      assigned({ attempt, leaseId: `l${attempt}` }),
      started({ attempt, leaseId: `l${attempt}` }),
    ];
    given(...running, ...again(2), ...again(3))
      .when(new ExpireLease('j1', 'l3', 0.5), 40_000)
      .then(
        failed({
          ...lost,
          error: { code: 'worker_lost', message: 'Worker w1 stopped sending heartbeats.' },
          attempt: 3,
          leaseId: 'l3',
          willRetry: false,
          finishedAt: 40_000,
        }),
        retriesExhausted({ attempt: 3, reason: 'worker_lost' }),
      );
  });
  it('does not end the job when another failure came between the losses', () => {
    const reasons = ['worker_lost', 'worker_lost', 'error'] as const;
    const laps = reasons.flatMap((reason, index) => [
      failed({ reason, attempt: index + 1, leaseId: `l${index + 1}` }),
      retryScheduled({ attempt: index + 2 }),
      queued({ reason: 'retry', attempt: index + 2 }),
      assigned({ attempt: index + 2, leaseId: `l${index + 2}` }),
      started({ attempt: index + 2, leaseId: `l${index + 2}` }),
    ]);
    const many = created({ retry: { ...created().data.retry, maxAttempts: 25, jitter: 'none' } });
    given(many, queued(), assigned(), started(), ...laps)
      .when(new ExpireLease('j1', 'l4', 0), 40_000)
      .then(
        failed({
          reason: 'worker_lost',
          error: { code: 'worker_lost', message: 'Worker w1 stopped sending heartbeats.' },
          attempt: 4,
          leaseId: 'l4',
          finishedAt: 40_000,
        }),
        retryScheduled({ attempt: 5, retryAt: 48_000 }),
      );
  });
});

describe('a worker that hands its job back', () => {
  const release = new ReleaseJob('j1', 'l1', 'deploy', 0.5);
  const interrupted = {
    reason: 'interrupted',
    charged: false,
    error: { code: 'interrupted', message: 'deploy' },
  } as const;

  it('has an unstarted job queued again, in the same attempt', () => {
    given(...waiting)
      .when(release, 400)
      .then(queued({ reason: 'released', note: 'deploy', queuedAt: 400 }));
  });

  it('has a running job queued again without a word, too', () => {
    const error = { code: 'interrupted', message: 'Its worker handed it back.' };
    given(...running)
      .when(new ReleaseJob('j1', 'l1', null, 0.5), 400)
      .then(
        failed({ reason: 'interrupted', charged: false, error, finishedAt: 400 }),
        queued({ reason: 'retry', attempt: 2, queuedAt: 400 }),
      );
  });

  it('has a running job queued again at once, in the next attempt, free of charge', () => {
    given(...running)
      .when(release, 400)
      .then(failed({ ...interrupted, finishedAt: 400 }), queued({ reason: 'retry', attempt: 2, queuedAt: 400 }));
  });

  it('is not heard twice', () => {
    given(...waiting, queued({ reason: 'released' }))
      .when(release, 400)
      .thenNothing();
    const again = [failed(interrupted), queued({ reason: 'retry', attempt: 2 })];
    given(...running, ...again)
      .when(release, 400)
      .thenNothing();
    given(...running, ...again, assigned({ attempt: 2, leaseId: 'l2' }))
      .when(release, 400)
      .thenNothing();
  });

  it('is refused under a lease that it lost', () => {
    given(...waiting, queued({ reason: 'lease_expired' }))
      .when(release, 400)
      .thenRefused(LeaseLost);
    given(...running, canceled())
      .when(release, 400)
      .thenRefused(LeaseLost);
    given().when(release, 400).thenRefused(JobNotFound);
  });

  const interruptions = (times: number) =>
    Array.from({ length: times }, (_, index) => index + 2).flatMap((attempt) => [
      failed({ ...interrupted, attempt: attempt - 1, leaseId: `l${attempt - 1}` }),
      queued({ reason: 'retry', attempt }),
      assigned({ attempt, leaseId: `l${attempt}` }),
      started({ attempt, leaseId: `l${attempt}` }),
    ]);

  it('may do so ten times in a row', () => {
    given(...running, ...interruptions(9))
      .when(new ReleaseJob('j1', 'l10', 'deploy', 0.5), 400)
      .then(
        failed({ ...interrupted, attempt: 10, leaseId: 'l10', finishedAt: 400 }),
        queued({ reason: 'retry', attempt: 11, queuedAt: 400 }),
      );
  });

  it('is charged for the eleventh', () => {
    given(...running, ...interruptions(10))
      .when(new ReleaseJob('j1', 'l11', 'deploy', 0.5), 400)
      .then(
        failed({ ...interrupted, charged: true, attempt: 11, leaseId: 'l11', finishedAt: 400 }),
        retryScheduled({ attempt: 12, retryAt: 900 }),
      );
  });
});

describe('a lease that no worker was given', () => {
  const withdraw = (leaseId = 'l1') => new WithdrawLease('j1', leaseId);
  const undelivered = {
    reason: 'interrupted',
    charged: false,
    error: { code: 'undelivered', message: 'No worker was given the lease.' },
  } as const;

  it('has its job queued again at once, started or not, free of charge', () => {
    given(...waiting)
      .when(withdraw(), 400)
      .then(queued({ reason: 'released', note: 'No worker was given the lease.', queuedAt: 400 }));
    given(...running)
      .when(withdraw(), 400)
      .then(failed({ ...undelivered, finishedAt: 400 }), queued({ reason: 'retry', attempt: 2, queuedAt: 400 }));
  });

  it('is never charged, however often that happens, and adds to no row of interruptions', () => {
    const times = Array.from({ length: 20 }, (_, index) => index + 2).flatMap((attempt) => [
      failed({ ...undelivered, attempt: attempt - 1, leaseId: `l${attempt - 1}` }),
      queued({ reason: 'retry', attempt }),
      assigned({ attempt, leaseId: `l${attempt}` }),
      started({ attempt, leaseId: `l${attempt}` }),
    ]);
    given(...running, ...times)
      .when(withdraw('l21'), 400)
      .then(
        failed({ ...undelivered, attempt: 21, leaseId: 'l21', finishedAt: 400 }),
        queued({ reason: 'retry', attempt: 22, queuedAt: 400 }),
      );
    given(...running, ...times)
      .when(new ReleaseJob('j1', 'l21', 'deploy', 0.5), 400)
      .then(
        failed({
          ...undelivered,
          error: { code: 'interrupted', message: 'deploy' },
          attempt: 21,
          leaseId: 'l21',
          finishedAt: 400,
        }),
        queued({ reason: 'retry', attempt: 22, queuedAt: 400 }),
      );
  });

  it('is not charged after ten interruptions either', () => {
    const interrupted = { reason: 'interrupted', charged: false } as const;
    const times = Array.from({ length: 10 }, (_, index) => index + 2).flatMap((attempt) => [
      failed({ ...interrupted, attempt: attempt - 1, leaseId: `l${attempt - 1}` }),
      queued({ reason: 'retry', attempt }),
      assigned({ attempt, leaseId: `l${attempt}` }),
      started({ attempt, leaseId: `l${attempt}` }),
    ]);
    given(...running, ...times)
      .when(withdraw('l11'), 400)
      .then(
        failed({ ...undelivered, attempt: 11, leaseId: 'l11', finishedAt: 400 }),
        queued({ reason: 'retry', attempt: 12, queuedAt: 400 }),
      );
  });

  it('is nothing to take back where it holds nothing', () => {
    given().when(withdraw(), 400).thenNothing();
    given(...ready)
      .when(withdraw(), 400)
      .thenNothing();
    given(...running, succeeded())
      .when(withdraw(), 400)
      .thenNothing();
    given(...running)
      .when(withdraw('l0'), 400)
      .thenNothing();
  });
});

describe('a job that is queued without end', () => {
  const requeues = Array.from({ length: 999 }, (_, index) => [
    assigned({ leaseId: `l${index}` }),
    queued({ reason: 'lease_expired' }),
  ]).flat();

  it('is cancelled instead of queued once more when it never started', () => {
    given(...ready, ...requeues, assigned({ leaseId: 'last' }))
      .when(new ExpireLease('j1', 'last', 0), 30_100)
      .then(canceled({ reason: 'requeue_limit', finishedAt: 30_100 }, { leaseId: 'last', startedAt: null }));
  });

  it('fails for good when it was running', () => {
    given(...ready, ...requeues, assigned({ leaseId: 'last' }), started({ leaseId: 'last' }))
      .when(new ReleaseJob('j1', 'last', 'deploy', 0), 400)
      .then(
        failed({
          reason: 'interrupted',
          charged: false,
          error: { code: 'interrupted', message: 'deploy' },
          leaseId: 'last',
          willRetry: false,
          finishedAt: 400,
        }),
        retriesExhausted({ reason: 'requeue_limit' }),
      );
  });
});
