import { describe, expect, it } from '@jest/globals';
import {
  assigned,
  canceled,
  created,
  erased,
  failed,
  progressed,
  queued,
  retriesExhausted,
  retryScheduled,
  started,
  succeeded,
  unleased,
} from '../../../test/support/job-events.js';
import {
  attemptOf,
  canceledReasons,
  exhaustedReasons,
  failedReasons,
  jobEventTypes,
  jobOutcomes,
  jobStates,
  jobTypes,
  nextStateOf,
  prevStateOf,
  queuedReasons,
} from './job.events.js';

describe('an event of a job', () => {
  it.each([
    [created(), null, 'CREATED', null],
    [queued({ reason: 'submitted' }), 'CREATED', 'QUEUED', 1],
    [queued({ reason: 'due' }), 'CREATED', 'QUEUED', 1],
    [queued({ reason: 'retry', attempt: 2 }), 'FAILED', 'QUEUED', 2],
    [queued({ reason: 'lease_expired' }), 'ASSIGNED', 'QUEUED', 1],
    [queued({ reason: 'released' }), 'ASSIGNED', 'QUEUED', 1],
    [assigned(), 'QUEUED', 'ASSIGNED', 1],
    [started(), 'ASSIGNED', 'RUNNING', 1],
    [progressed(), 'RUNNING', 'RUNNING', 1],
    [succeeded(), 'RUNNING', 'SUCCEEDED', 1],
    [failed(), 'RUNNING', 'FAILED', 1],
    [retryScheduled(), 'FAILED', 'FAILED', 2],
    [retriesExhausted(), 'FAILED', 'FAILED', 1],
    [canceled({}, null), 'CREATED', 'CANCELED', null],
    [canceled({}, unleased), 'QUEUED', 'CANCELED', 1],
    [canceled({}, { startedAt: null }), 'ASSIGNED', 'CANCELED', 1],
    [canceled(), 'RUNNING', 'CANCELED', 1],
    [erased('SUCCESS'), 'SUCCEEDED', 'SUCCEEDED', null],
    [erased('FAILED'), 'FAILED', 'FAILED', null],
    [erased('CANCELED'), 'CANCELED', 'CANCELED', null],
  ] as const)(
    'tells alone which states it stands between, and whose attempt it is: %j',
    (event, prev, next, attempt) => {
      expect([prevStateOf(event), nextStateOf(event), attemptOf(event)]).toEqual([prev, next, attempt]);
    },
  );
});

/** Stored, sent and documented under these words: a change of one is a change of all that was written before. */
describe('the words of a job', () => {
  it('are these', () => {
    expect({ jobEventTypes, jobStates, jobOutcomes, jobTypes }).toEqual({
      jobEventTypes: [
        ...['JobCreated', 'JobQueued', 'JobAssigned', 'JobStarted', 'JobProgressed', 'JobSucceeded', 'JobFailed'],
        ...['JobRetryScheduled', 'JobRetriesExhausted', 'JobCanceled', 'JobErased'],
      ],
      jobStates: ['CREATED', 'QUEUED', 'ASSIGNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED'],
      jobOutcomes: ['SUCCESS', 'FAILED', 'CANCELED'],
      jobTypes: ['EXECUTE', 'DEFERRED', 'EMIT_EVENT'],
    });
    expect({ queuedReasons, failedReasons, exhaustedReasons, canceledReasons }).toEqual({
      queuedReasons: ['submitted', 'due', 'retry', 'lease_expired', 'released'],
      failedReasons: ['error', 'timeout', 'worker_lost', 'definition_missing', 'interrupted'],
      exhaustedReasons: ['attempts_used_up', 'worker_lost', 'requeue_limit'],
      canceledReasons: ['requested', 'queue_timeout', 'total_timeout', 'requeue_limit'],
    });
  });
});
