import { describe, it } from '@jest/globals';
import { specFor } from '../../../test/support/given.js';
import {
  assigned,
  canceled,
  created,
  erased,
  failed,
  queued,
  retryScheduled,
  started,
  succeeded,
  unleased,
} from '../../../test/support/job-events.js';
import { CancelJob, ExpireQueueTime, ExpireTotalTime } from './job.commands.js';
import { jobDecider } from './job.decider.js';
import { JobNotFound } from './job.refusals.js';

const given = specFor(jobDecider);
const ready = [created(), queued()];
const waiting = [...ready, assigned()];
const running = [...waiting, started()];
const pending = [...running, failed(), retryScheduled()];
const ended = [...running, failed({ willRetry: false })];

describe('cancelling a job', () => {
  const cancel = new CancelJob('j1', null);

  it('ends it wherever it stands', () => {
    given(created()).when(cancel, 5_000).then(canceled({}, null));
    given(...ready)
      .when(cancel, 5_000)
      .then(canceled({}, unleased));
    given(...waiting)
      .when(cancel, 5_000)
      .then(canceled({}, { startedAt: null }));
    given(...running)
      .when(cancel, 5_000)
      .then(canceled());
  });

  it('keeps the words beside the reason, also where they read like a code', () => {
    given(...running)
      .when(new CancelJob('j1', 'queue_timeout'), 5_000)
      .then(canceled({ reason: 'requested', note: 'queue_timeout' }));
    given(...pending)
      .when(new CancelJob('j1', 'typo'), 5_500)
      .then(
        queued({ reason: 'retry', attempt: 2, queuedAt: 5_500 }),
        canceled({ note: 'typo', finishedAt: 5_500 }, { ...unleased, attempt: 2, queuedAt: 5_500 }),
      );
  });

  it('ends a job that waits for its retry, by way of its queue', () => {
    given(...pending)
      .when(cancel, 5_500)
      .then(
        queued({ reason: 'retry', attempt: 2, queuedAt: 5_500 }),
        canceled({ finishedAt: 5_500 }, { ...unleased, attempt: 2, queuedAt: 5_500 }),
      );
  });

  it('changes nothing about a job that has ended', () => {
    given(...running, succeeded())
      .when(cancel)
      .thenNothing();
    given(...running, canceled())
      .when(cancel)
      .thenNothing();
    given(...ended)
      .when(cancel)
      .thenNothing();
  });

  it('is refused for a job that is not there', () => {
    given().when(cancel).thenRefused(JobNotFound);
    given(...ended, erased('FAILED'))
      .when(cancel)
      .thenRefused(JobNotFound);
  });
});

describe('the time a job may wait in its queue', () => {
  const limited = [created(), queued({ queueDeadlineAt: 1_000, totalDeadlineAt: 9_000 })];
  const expire = new ExpireQueueTime('j1', 1);

  it('ends it with queue_timeout when it is over', () => {
    given(...limited)
      .when(expire, 1_000)
      .then(canceled({ reason: 'queue_timeout', finishedAt: 1_000 }, unleased));
  });

  it('is called total_timeout when the total time set it', () => {
    given(created(), queued({ queueDeadlineAt: 9_000, totalDeadlineAt: 9_000 }))
      .when(expire, 9_000)
      .then(canceled({ reason: 'total_timeout', finishedAt: 9_000 }, unleased));
  });

  it('is not over a millisecond early', () => {
    given(...limited)
      .when(expire, 999)
      .thenNothing();
  });

  it('is of no matter once the job has left the queue, or has no limit', () => {
    given(...limited, assigned())
      .when(expire, 2_000)
      .thenNothing();
    given(...limited)
      .when(new ExpireQueueTime('j1', 2), 2_000)
      .thenNothing();
    given(...ready)
      .when(expire, 2_000)
      .thenNothing();
    given().when(expire, 2_000).thenNothing();
  });
});

describe('the total time of a job', () => {
  const limited = [created(), queued({ queueDeadlineAt: 9_000, totalDeadlineAt: 9_000 })];
  const expire = new ExpireTotalTime('j1');
  const late = { reason: 'total_timeout', finishedAt: 9_000 } as const;

  it('ends it in its queue and under its worker', () => {
    given(...limited)
      .when(expire, 9_000)
      .then(canceled(late, unleased));
    given(...limited, assigned())
      .when(expire, 9_000)
      .then(canceled(late, { startedAt: null }));
    given(...limited, assigned(), started())
      .when(expire, 9_000)
      .then(canceled(late));
  });

  it('is not over a millisecond early', () => {
    given(...limited)
      .when(expire, 8_999)
      .thenNothing();
  });

  it('leaves a job alone that has ended, waits for its retry, or has no limit', () => {
    given(...limited, assigned(), started(), succeeded())
      .when(expire, 9_000)
      .thenNothing();
    given(...limited, assigned(), started(), failed(), retryScheduled())
      .when(expire, 9_000)
      .thenNothing();
    given(...ready)
      .when(expire, 9_000)
      .thenNothing();
    given(created()).when(expire, 9_000).thenNothing();
  });
});
