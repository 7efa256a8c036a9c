import { describe, expect, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import {
  assigned,
  canceled,
  created,
  erased,
  failed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
  unleased,
} from '../../../test/support/job-events.js';
import { fold } from '../../kernel/decider.js';
import { ExpireLease, FailJob, QueueRetry, RetryJob } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { JobConflict, JobNotFound, JobNotRetryable } from './job.refusals.js';

const given = specFor(jobDecider);
const running = [created(), queued(), assigned(), started()];
const pending = [...running, failed(), retryScheduled()];
const ended = [...running, failed({ retryable: false, willRetry: false })];
const once = { maxAttempts: 1, backoffBaseMs: 1_000, backoffFactor: 2, backoffMaxMs: 9_000, jitter: 'none' } as const;
const usedUp = [
  ...[created({ retry: once }), queued(), assigned(), started()],
  ...[failed({ willRetry: false }), retriesExhausted()],
];
const again = queued({ reason: 'retry', attempt: 2, queuedAt: 6_000 });
const second = { attempt: 2, leaseId: 'l2' };

describe('an automatic retry', () => {
  it('queues the next attempt when its time has come', () => {
    given(...pending)
      .when(new QueueRetry('j1', 2), 6_000)
      .then(again);
  });

  it('does nothing early', () => {
    given(...pending)
      .when(new QueueRetry('j1', 2), 5_999)
      .thenNothing();
  });

  it('does nothing for an attempt that is not the one pending', () => {
    given(...pending)
      .when(new QueueRetry('j1', 1), 6_000)
      .thenNothing();
    given(...pending, again)
      .when(new QueueRetry('j1', 2), 6_000)
      .thenNothing();
    given(...ended)
      .when(new QueueRetry('j1', 2), 6_000)
      .thenNothing();
    given().when(new QueueRetry('j1', 2), 6_000).thenNothing();
  });

  it('finds its total time over by the clock that ends it, not by one that is ahead', () => {
    const history = [created(), queued({ totalDeadlineAt: 6_500 }), assigned(), started(), failed(), retryScheduled()];
    const events = jobDecider.decide(new QueueRetry('j1', 2), fold(jobDecider, history), 66_000, 6_000);
    expect(events).toMatchObject([{ type: 'JobQueued', data: { queuedAt: 66_000, totalDeadlineAt: 6_500 } }]);
  });

  it('finds its total time over at the very instant', () => {
    const history = [created(), queued({ totalDeadlineAt: 6_000 }), assigned(), started(), failed(), retryScheduled()];
    given(...history)
      .when(new QueueRetry('j1', 2), 6_000)
      .then(
        queued({ ...again.data, queueDeadlineAt: 6_000, totalDeadlineAt: 6_000 }),
        canceled({ reason: 'total_timeout', finishedAt: 6_000 }, { ...unleased, attempt: 2, queuedAt: 6_000 }),
      );
  });

  it('finds its total time over and ends the job', () => {
    const history = [created(), queued({ totalDeadlineAt: 5_500 }), assigned(), started(), failed(), retryScheduled()];
    const late = { queueDeadlineAt: 5_500, totalDeadlineAt: 5_500 };
    given(...history)
      .when(new QueueRetry('j1', 2), 6_000)
      .then(
        queued({ ...again.data, ...late }),
        canceled({ reason: 'total_timeout', finishedAt: 6_000 }, { ...unleased, attempt: 2, queuedAt: 6_000 }),
      );
  });
});

describe('a retry that a client asks for', () => {
  const retry = (force = false) => new RetryJob('j1', force, 'fixed the host');
  const asked = queued({ ...again.data, note: 'fixed the host' });

  it('brings the pending one forward', () => {
    given(...pending)
      .when(retry(), 6_000)
      .then(asked);
  });

  it('revives a job that failed for good', () => {
    given(...ended)
      .when(retry(), 6_000)
      .then(asked);
  });

  it('needs force when the attempts are used up', () => {
    given(...usedUp)
      .when(retry(), 6_000)
      .thenRefused(JobNotRetryable, 'attempts used up');
    given(...usedUp)
      .when(retry(true), 6_000)
      .then(asked);
  });

  it('buys one attempt with force, not more', () => {
    given(...usedUp, asked, assigned(second), started(second))
      .when(new FailJob('j1', 'l2', { code: 'SMTP', message: 'no answer' }, true, null, 'error', 0.5), 5_000)
      .then(failed({ ...second, queuedAt: 6_000, willRetry: false }), retriesExhausted({ attempt: 2 }));
  });

  it('changes nothing when the job is on its way already', () => {
    given(...pending, asked)
      .when(retry())
      .thenNothing();
    given(...pending, asked, assigned(second))
      .when(retry())
      .thenNothing();
    given(...pending, asked, assigned(second), started(second))
      .when(retry())
      .thenNothing();
    given(created(), queued()).when(retry()).thenNothing();
  });

  it('is refused for a job that did not fail', () => {
    given(created())
      .when(retry())
      .thenRefused(JobConflict, 'Job j1 is CREATED; only a job that is FAILED allows this.');
    given(...running, succeeded())
      .when(retry(true))
      .thenRefused(JobConflict);
    given(...running, canceled())
      .when(retry(true))
      .thenRefused(JobConflict);
  });

  it('is refused when the total time is over, because it would be cancelled at once', () => {
    given(created(), queued({ totalDeadlineAt: 5_500 }), assigned(), started(), failed({ willRetry: false }))
      .when(retry(true), 6_000)
      .thenRefused(JobNotRetryable, 'total time');
    const ending = queued({ totalDeadlineAt: 6_000 });
    given(created(), ending, assigned(), started(), failed({ willRetry: false }))
      .when(retry(true), 6_000)
      .thenRefused(JobNotRetryable, 'total time');
    given(created(), ending, assigned(), started(), failed({ willRetry: false }))
      .when(retry(), 5_999)
      .then(queued({ ...asked.data, queuedAt: 5_999, queueDeadlineAt: 6_000, totalDeadlineAt: 6_000 }));
  });

  it('is refused for a job that has been queued as often as any may be', () => {
    const requeues = Array.from({ length: 999 }, (_, index) => [
      assigned({ leaseId: `l${index}` }),
      queued({ reason: 'lease_expired' }),
    ]).flat();
    const last = { leaseId: 'last' };
    given(created(), queued(), ...requeues, assigned(last), started(last), failed({ ...last, willRetry: false }))
      .when(retry(true), 6_000)
      .thenRefused(JobNotRetryable, 'its queueings used up');
  });

  it('is refused for a job that is not there', () => {
    given().when(retry()).thenRefused(JobNotFound);
    given(...ended, erased('FAILED'))
      .when(retry())
      .thenRefused(JobNotFound);
  });

  it('forgives a job the workers it has lost', () => {
    const lost = { reason: 'worker_lost', willRetry: false } as const;
    const error = { code: 'worker_lost', message: 'Worker w1 stopped sending heartbeats.' };
    const many = created({ retry: { ...once, maxAttempts: 25 } });
    const lostAgain = (attempt: number, willRetry: boolean) => [
      failed({ ...lost, attempt: attempt - 1, willRetry }),
      queued({ reason: 'retry', attempt }),
      assigned({ attempt, leaseId: `l${attempt}` }),
      started({ attempt, leaseId: `l${attempt}` }),
    ];
    given(
      ...[many, queued(), assigned(), started()],
      ...[...lostAgain(2, true), ...lostAgain(3, true), ...lostAgain(4, false)],
    )
      .when(new ExpireLease('j1', 'l4', 0), 40_000)
      .then(
        failed({ ...lost, error, attempt: 4, leaseId: 'l4', willRetry: true, finishedAt: 40_000 }),
        retryScheduled({ attempt: 5, retryAt: 48_000 }),
      );
  });
});
