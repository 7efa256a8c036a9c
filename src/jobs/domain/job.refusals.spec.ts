import { describe, expect, it } from '@jest/globals';
import {
  AsOfLiesAhead,
  AttemptOver,
  IdempotencyConflict,
  JobConflict,
  JobNotFound,
  JobNotRetryable,
  JobUntimely,
  LeaseLost,
  LeaseNotFound,
  QueueFull,
  ReportNotReady,
  RoomUnknown,
} from './job.refusals.js';

describe('a refusal about a job', () => {
  it.each([
    [new JobNotFound('j1'), 'not-found', 'RFA_JOB_NOT_FOUND', 'No job has the id j1.'],
    [
      new AsOfLiesAhead(),
      ...['invalid', 'RFA_REQUEST_MALFORMED', 'The job is asked for as of a moment that has not come.'],
    ],
    [new LeaseNotFound('l1'), 'not-found', 'RFA_LEASE_NOT_FOUND', 'No lease has the id l1.'],
    [
      new JobConflict('j1', 'RUNNING', 'FAILED'),
      ...['conflict', 'RFA_JOB_CONFLICT', 'Job j1 is RUNNING; only a job that is FAILED allows this.'],
    ],
    [
      new JobNotRetryable('j1', 'attempts_used_up'),
      ...['conflict', 'RFA_JOB_CONFLICT'],
      'Job j1 is FAILED with its attempts used up; a retry with force gives it another.',
    ],
    [
      new JobNotRetryable('j1', 'queueings_used_up'),
      ...['conflict', 'RFA_JOB_CONFLICT'],
      'Job j1 is FAILED with its queueings used up; it has been queued as often as any job may be.',
    ],
    [
      new JobNotRetryable('j1', 'total_time_over'),
      ...['conflict', 'RFA_JOB_CONFLICT'],
      'Job j1 is FAILED with its total time over; queued again it would be cancelled at once.',
    ],
    [
      new AttemptOver('j1', 2),
      ...['conflict', 'RFA_JOB_CONFLICT', 'Attempt 2 of job j1 is over, and it is queued for another.'],
    ],
    [new JobUntimely('j1', 'not_due', 7), 'untimely', 'RFA_JOB_CONFLICT', 'Job j1 is QUEUED and not due yet.'],
    [
      new JobUntimely('j1', 'past_deadline', null),
      ...['untimely', 'RFA_JOB_CONFLICT', 'Job j1 is QUEUED past its deadline.'],
    ],
    [new LeaseLost('j1', 'l1'), 'conflict', 'RFA_JOB_LEASE_LOST', 'Lease l1 no longer holds job j1.'],
    [
      new IdempotencyConflict('j1'),
      ...['conflict', 'RFA_EXEC_IDEMPOTENCY_CONFLICT'],
      'The idempotency key already belongs to job j1, which came from a different request or was deleted.',
    ],
    [
      new ReportNotReady('j1'),
      ...['not-found', 'RFA_JOB_REPORT_NOT_READY', 'Job j1 has not finished yet, so it has no report.'],
    ],
    [new QueueFull('It is full.'), 'unavailable', 'RFA_EXEC_QUEUE_FULL', 'It is full.'],
    [
      new RoomUnknown(),
      ...['unavailable', 'RFA_STORAGE_UNAVAILABLE'],
      'Whether there is room for another job cannot be told now. Send the same request again.',
    ],
  ] as const)('has a code for programs and a sentence for people: %s', (refusal, kind, code, message) => {
    expect(refusal).toMatchObject({ kind, code, message });
  });

  it('names the member at fault', () => {
    expect(new AsOfLiesAhead().faults).toEqual([{ pointer: '/as_of', detail: 'lies ahead' }]);
  });

  it('says when to come again, where that is known', () => {
    expect([new QueueFull('It is full.'), new RoomUnknown()].map(({ retryAfterMs }) => retryAfterMs)).toEqual([
      2_000, 2_000,
    ]);
    expect(new JobUntimely('j1', 'not_due', 7).until).toBe(7);
  });

  it('tells what keeps a job from its retry', () => {
    expect(new JobNotRetryable('j1', 'total_time_over').obstacle).toBe('total_time_over');
  });
});
