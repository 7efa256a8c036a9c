import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import {
  assigned,
  canceled,
  created,
  failed,
  progressed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
} from '../../../test/support/job-events.js';
import { asJsonText } from '../../kernel/json-text.js';
import { CompleteJob, FailJob, ReportProgress } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { JobNotFound, LeaseLost } from './job.refusals.js';

const given = specFor(jobDecider);
const ready = [created(), queued()];
const waiting = [...ready, assigned()];
const running = [...waiting, started()];
const error = { code: 'SMTP', message: 'no answer' };
const complete = (leaseId = 'l1') => new CompleteJob('j1', leaseId, asJsonText('{"sent":1}'));
const fail = (retryable = true, retryAfterMs: number | null = null, leaseId = 'l1') =>
  new FailJob('j1', leaseId, error, retryable, retryAfterMs, 'error', 0.5);

describe('completing a job', () => {
  it('publishes what the payload says, whatever the worker answers', () => {
    const payload = asJsonText('{"event_name":"order.paid","data":{"id":820982911946154508}}');
    given(created({ jobType: 'EMIT_EVENT', payload }), queued(), assigned(), started())
      .when(complete(), 5_000)
      .then(succeeded({ result: payload }));
  });

  it('ends it with its result', () => {
    given(...running)
      .when(complete(), 5_000)
      .then(succeeded());
  });

  it('starts it first when its worker forgot to say so', () => {
    given(...waiting)
      .when(complete(), 5_000)
      .then(started({ startedAt: 5_000, expiresAt: 35_000, deadlineAt: 125_000 }), succeeded({ startedAt: 5_000 }));
  });

  it('changes nothing when told twice', () => {
    given(...running, succeeded())
      .when(complete(), 6_000)
      .thenNothing();
  });

  it('is refused under a lease that does not hold the job', () => {
    given(...running)
      .when(complete('l0'))
      .thenRefused(LeaseLost);
    given(...ready)
      .when(complete())
      .thenRefused(LeaseLost);
    given(...running, succeeded())
      .when(complete('l2'))
      .thenRefused(LeaseLost);
    given(...running, canceled())
      .when(complete())
      .thenRefused(LeaseLost);
    given(created(), canceled({}, null)).when(complete()).thenRefused(LeaseLost);
    given(...running, failed({ reason: 'worker_lost' }), retryScheduled())
      .when(complete())
      .thenRefused(LeaseLost);
    given(...waiting, queued({ reason: 'lease_expired' }), assigned({ leaseId: 'l2' }))
      .when(complete('l1'))
      .thenRefused(LeaseLost);
  });

  it('is refused where there is no job', () => {
    given().when(complete()).thenRefused(JobNotFound);
  });
});

describe('failing a job', () => {
  it('schedules a retry while attempts are left', () => {
    given(...running)
      .when(fail(), 5_000)
      .then(failed(), retryScheduled({ retryAt: 5_500 }));
  });

  it('heeds the delay that its worker wishes', () => {
    given(...running)
      .when(fail(true, 90_000), 5_000)
      .then(failed(), retryScheduled({ retryAt: 95_000 }));
  });

  it('ends it when no attempt is left', () => {
    const once = created({
      retry: { maxAttempts: 1, backoffBaseMs: 1, backoffFactor: 2, backoffMaxMs: 9, jitter: 'none' },
    });
    given(once, queued(), assigned(), started())
      .when(fail(), 5_000)
      .then(failed({ willRetry: false }), retriesExhausted());
  });

  it('ends it when trying again makes no sense', () => {
    given(...running)
      .when(fail(false), 5_000)
      .then(failed({ retryable: false, willRetry: false }));
  });

  it('starts it first when its worker forgot to say so', () => {
    given(...waiting)
      .when(fail(false), 5_000)
      .then(
        started({ startedAt: 5_000, expiresAt: 35_000, deadlineAt: 125_000 }),
        failed({ startedAt: 5_000, retryable: false, willRetry: false }),
      );
  });

  it('changes nothing when told twice, even when the job is on its way again', () => {
    given(...running, failed(), retryScheduled())
      .when(fail(), 6_000)
      .thenNothing();
    given(...running, failed(), retryScheduled(), queued({ reason: 'retry', attempt: 2 }))
      .when(fail())
      .thenNothing();
  });

  it('changes nothing when told twice that nothing defines the job', () => {
    given(...running, failed({ reason: 'definition_missing', retryable: false, willRetry: false }))
      .when(fail())
      .thenNothing();
  });

  it('is scheduled after two lost workers like after any other failure', () => {
    const lostOnce = (attempt: number) => [
      failed({ reason: 'worker_lost', attempt }),
      queued({ reason: 'retry', attempt: attempt + 1 }),
      assigned({ attempt: attempt + 1, leaseId: `l${attempt + 1}` }),
      started({ attempt: attempt + 1, leaseId: `l${attempt + 1}` }),
    ];
    given(...running, ...lostOnce(1), ...lostOnce(2))
      .when(fail(true, 10, 'l3'), 5_000)
      .then(failed({ attempt: 3, leaseId: 'l3' }), retryScheduled({ attempt: 4, retryAt: 5_010 }));
  });

  it('is refused under a lease that does not hold the job', () => {
    given(...running)
      .when(fail(true, null, 'l0'))
      .thenRefused(LeaseLost);
    given(...running, succeeded())
      .when(fail())
      .thenRefused(LeaseLost);
    given(...running, canceled())
      .when(fail())
      .thenRefused(LeaseLost);
    given(...running, failed({ reason: 'timeout' }), retryScheduled())
      .when(fail())
      .thenRefused(LeaseLost);
  });

  it('does not count interruptions', () => {
    const twice = created({
      retry: { maxAttempts: 2, backoffBaseMs: 1_000, backoffFactor: 2, backoffMaxMs: 9_000, jitter: 'none' },
    });
    const second = { attempt: 2, leaseId: 'l2' };
    given(
      ...[twice, queued(), assigned(), started(), failed({ reason: 'interrupted', charged: false })],
      ...[queued({ reason: 'retry', attempt: 2 }), assigned(second), started(second)],
    )
      .when(fail(true, null, 'l2'), 5_000)
      .then(failed(second), retryScheduled({ attempt: 3, retryAt: 6_000 }));
  });
});

describe('reporting progress', () => {
  const report = (percent: number | null, message: string | null = null, leaseId = 'l1') =>
    new ReportProgress('j1', leaseId, percent, message);
  const reported = [...running, progressed()];

  it('is kept', () => {
    given(...running)
      .when(report(10), 1_000)
      .then(progressed());
  });

  it('is kept where its words alone are new, or are all there is', () => {
    given(...reported)
      .when(report(10, 'half'), 2_000)
      .then(progressed({ message: 'half', reportedAt: 2_000 }));
    given(...running)
      .when(report(null, 'begun'), 1_000)
      .then(progressed({ percent: null, message: 'begun' }));
  });

  it('is kept once a second at most', () => {
    given(...reported)
      .when(report(11), 1_999)
      .thenNothing();
    given(...reported)
      .when(report(11), 2_000)
      .then(progressed({ percent: 11, reportedAt: 2_000 }));
  });

  it('is kept at once when it is the last step, once', () => {
    given(...reported)
      .when(report(100), 1_001)
      .then(progressed({ percent: 100, reportedAt: 1_001 }));
    given(...running, progressed({ percent: 100 }))
      .when(report(100, 'done again'), 1_001)
      .thenNothing();
  });

  it('is not kept when it says nothing new', () => {
    given(...reported)
      .when(report(10), 9_000)
      .thenNothing();
    given(...running)
      .when(report(null), 9_000)
      .thenNothing();
    given(...waiting)
      .when(report(10), 9_000)
      .thenNothing();
  });

  it('is refused under a lease that does not hold the job', () => {
    given(...running)
      .when(report(10, null, 'l0'))
      .thenRefused(LeaseLost);
    given(...running, canceled())
      .when(report(10))
      .thenRefused(LeaseLost);
  });
});
